import {
  type SeedGeneratorStatus,
  seedGeneratorConditions,
  writeSeedGeneratorStatus,
} from '../../core/contract/seed-generator.ts';
import type { Generation } from './generation.ts';

/** Writes a message into the condition, if it is another one. @returns the status as it is then */
export async function say(
  { host, log }: Generation,
  before: SeedGeneratorStatus,
  message: string,
  isLaunched = before.lca.isLaunched,
): Promise<SeedGeneratorStatus> {
  const conditions = seedGeneratorConditions('InProgress', message, host.now(), before.conditions);
  const status = { ...before, conditions, lca: { ...before.lca, isLaunched } };
  if (JSON.stringify(status) === JSON.stringify(before)) return before;
  log.info(message);
  await writeSeedGeneratorStatus(host, status);
  return status;
}

/** Says how it ended, and lets stages begin again. */
export async function end(
  { host, log, blackBox, gate }: Generation,
  before: SeedGeneratorStatus,
  outcome: 'Completed' | 'Failed',
  message: string,
): Promise<void> {
  const told = outcome === 'Completed' ? 'Seed Generation completed' : message;
  if (outcome === 'Completed') log.info(told);
  else log.error(told);
  const conditions = seedGeneratorConditions(outcome, message, host.now(), before.conditions);
  await writeSeedGeneratorStatus(host, { ...before, conditions, lca: { ...before.lca, isLaunched: false } });
  gate.isBusy = false;
  gate.isStarted = false;
  await blackBox.record({
    kind: outcome === 'Failed' ? 'failure' : 'decision',
    message: `SeedGenerator: ${told}`,
  });
}
