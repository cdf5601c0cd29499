import type { SeedGeneratorStatus } from '../../core/contract/seed-generator.ts';
import { messageOf, remedyOf } from '../../core/errors/lca-error.ts';
import type { Generation } from './generation.ts';
import { say } from './tell.ts';

const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Makes good what a builder that was killed has left. While that cannot be done the condition says why, and it is tried
 * again, less and less often.
 *
 * @returns after how many milliseconds to look again; undefined: the node is in order
 */
export async function putInOrder(
  generation: Generation,
  status: SeedGeneratorStatus,
): Promise<number | undefined> {
  const { host, builder, gate } = generation;
  const { pauseMs = FIRST_PAUSE_MS, againAtMs = 0 } = gate.failedRestore ?? {};
  // whoever is awaited looks more often than that
  const left = againAtMs - (await host.uptimeSeconds()) * 1000;
  if (left > 0) return left;
  try {
    await builder.restore();
    gate.failedRestore = undefined;
    return undefined;
  } catch (error) {
    const now = (await host.uptimeSeconds()) * 1000;
    gate.failedRestore = {
      pauseMs: Math.min(pauseMs * 2, LONGEST_PAUSE_MS),
      againAtMs: now + pauseMs,
    };
    const why = [messageOf(error), remedyOf(error)].filter((text) => text !== undefined).join(' ');
    await say(generation, status, `Waiting for the node to be put in order: ${why}`);
    return pauseMs;
  }
}
