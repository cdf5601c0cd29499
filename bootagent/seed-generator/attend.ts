import { SEED_GENERATOR_PATH, SEED_GENERATOR_STATUS_PATH } from '../../core/contract/paths.ts';
import {
  isGenerating,
  parseSeedGenerator,
  readSeedGeneratorStatus,
  requestId,
  type SeedGenerator,
  type SeedGeneratorOutcome,
  type SeedGeneratorStatus,
  seedGeneratorConditions,
  writeSeedGeneratorStatus,
} from '../../core/contract/seed-generator.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import { admitSeedGenerator } from './admission.ts';
import { awaitHealth } from './await-health.ts';
import { followBuilder, launch } from './follow-builder.ts';
import type { Generation } from './generation.ts';
import { end, say } from './tell.ts';

/** Nothing is under way; a change of the file wakes the agent. */
const REST_MS = 60_000;

/** What seedgenerator.yaml asks for. */
type Asked =
  | { readonly id: string; readonly wish: SeedGenerator }
  | { readonly id: string; readonly wish: undefined; readonly error: unknown };

/**
 * One look at the SeedGenerator, and the next thing to do for it. Everything that was decided is in
 * seedgenerator-status.yaml before it is done, so that an agent that was killed goes on where it was.
 *
 * @returns after how many milliseconds to look again
 */
export async function attend(generation: Generation): Promise<number> {
  const { host, gate } = generation;
  const text = await host.readText(SEED_GENERATOR_PATH);
  const status = await readSeedGeneratorStatus(host);
  const asked = text === undefined ? undefined : askedIn(text);
  const isUnderWay = status !== null && isGenerating(status);
  if (isUnderWay) {
    gate.isBusy = true;
    if (status.lca.isLaunched) return followBuilder(generation, status, asked?.wish);
    // nothing has been done yet: who takes the request back, or changes it, is heard
    if (asked?.id === status.lca.request && asked.wish !== undefined)
      return prepare(generation, status, asked.wish);
  }
  gate.isBusy = false;
  if (asked === undefined) {
    await host.remove(SEED_GENERATOR_STATUS_PATH);
    return REST_MS;
  }
  if (!isUnderWay && status?.lca.request === asked.id) return REST_MS;
  return begin(generation, asked);
}

function askedIn(text: string): Asked {
  try {
    const wish = parseSeedGenerator(text);
    return { id: requestId(wish), wish };
  } catch (error) {
    return { id: requestId(text), wish: undefined, error };
  }
}

/** Looks whether a new request can be carried out at all; the answer is the first that the user sees. */
async function begin(generation: Generation, asked: Asked): Promise<number> {
  const { host, store, gate, log } = generation;
  const fresh = statusOf(asked.id, 'Failed', '', host.now());
  log.info(`a SeedGenerator asks for ${asked.wish?.seedImage ?? 'something that is not legible'}`);
  // before the node is looked at: from here on no stage begins to work
  gate.isBusy = true;
  try {
    if (asked.wish === undefined) throw asked.error;
    await admitSeedGenerator(host, store.current);
  } catch (error) {
    await end(generation, fresh, 'Failed', messageOf(error));
    return REST_MS;
  }
  const first = statusOf(asked.id, 'InProgress', 'Waiting for system to stabilize', host.now());
  await writeSeedGeneratorStatus(host, first);
  return 0;
}

/** Waits until the node is well, and starts the builder. */
async function prepare(
  generation: Generation,
  status: SeedGeneratorStatus,
  wish: SeedGenerator,
): Promise<number> {
  const again = await awaitHealth(generation, (text) => say(generation, status, text));
  if (again !== undefined) return again;
  try {
    return await launch(generation, status, wish);
  } catch (error) {
    await end(generation, status, 'Failed', messageOf(error));
    return REST_MS;
  }
}

function statusOf(
  request: string,
  outcome: SeedGeneratorOutcome,
  message: string,
  now: Date,
): SeedGeneratorStatus {
  const conditions = seedGeneratorConditions(outcome, message, now);
  return { observedGeneration: 1, conditions, lca: { request, isLaunched: false } };
}
