import { basename } from 'node:path';
import { LCA_DIRECTORY, SEED_GENERATOR_PATH, SEED_GENERATOR_STATUS_PATH } from '../../core/contract/paths.ts';
import { isGenerating, readSeedGeneratorStatus } from '../../core/contract/seed-generator.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import type { Host } from '../../core/host/host.ts';
import type { SeedGate } from '../seed-generator/generation.ts';
import type { SeedBuilder } from '../seed-generator/seed-builder.ts';
import type { AgentContext } from './agent-context.ts';
import { Wake } from './wake.ts';

const POLL_MS = 10_000;

/** The gate as it was when the agent was stopped. */
export async function openGate(host: Host): Promise<SeedGate> {
  return { isBusy: isGenerating(await readSeedGeneratorStatus(host)), isStarted: false };
}

/**
 * Carries out what seedgenerator.yaml asks for. The code is loaded only where there is such a file: most nodes are
 * never seeds. Never throws: an agent that fails at this still upgrades the node.
 */
export async function keepSeedGenerator(
  agent: AgentContext,
  builder: SeedBuilder,
  gate: SeedGate,
  signal: AbortSignal,
): Promise<void> {
  const { host, log } = agent;
  const wake = new Wake();
  const watcher = host.watch(LCA_DIRECTORY, (name) => {
    if (name === undefined || name === basename(SEED_GENERATOR_PATH)) wake.up();
  });
  signal.addEventListener('abort', () => wake.up());
  let told = '';
  try {
    while (!signal.aborted) {
      let pause = POLL_MS;
      try {
        if (await isConcerned(host)) {
          const { attend } = await import('../seed-generator/attend.ts');
          pause = Math.min(pause, await attend({ ...agent, builder, gate, signal }));
        }
        told = '';
      } catch (error) {
        if (!signal.aborted && told !== messageOf(error)) log.error(`SeedGenerator: ${messageOf(error)}`);
        told = messageOf(error);
      }
      if (pause > 0) await wake.wait(pause);
    }
  } finally {
    watcher.stop();
  }
}

async function isConcerned(host: Host): Promise<boolean> {
  for (const path of [SEED_GENERATOR_PATH, SEED_GENERATOR_STATUS_PATH])
    if ((await host.stat(path)) !== undefined) return true;
  return false;
}
