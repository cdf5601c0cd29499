import { writeSeedResult } from '../core/contract/seed-result.ts';
import { LcaError, messageOf, remedyOf } from '../core/errors/lca-error.ts';
import type { Host } from '../core/host/host.ts';
import { SequenceError } from '../core/sequence/sequence-error.ts';
import type { CreatedSeed } from './create-seed.ts';

/**
 * Builds, and leaves on record how it goes, for who has started this process and may be restarted before it ends. What
 * it returns and throws is the build's own.
 *
 * @param path of the record on the node; undefined: nobody asks for one
 */
export async function reported(
  host: Host,
  path: string | undefined,
  build: () => Promise<CreatedSeed>,
): Promise<CreatedSeed> {
  if (path === undefined) return build();
  await writeSeedResult(host, { state: 'running', failure: null, digest: null }, path);
  try {
    const seed = await build();
    await writeSeedResult(host, { state: 'completed', failure: null, digest: seed.digest }, path);
    return seed;
  } catch (error) {
    await writeSeedResult(host, { state: 'failed', failure: failureOf(error), digest: null }, path);
    throw error;
  }
}

/** A step's own error says what is wrong; that of the sequence around it, only where. */
function failureOf(error: unknown) {
  // the build's failure comes first, what could not be restored after it second
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const step = first instanceof SequenceError ? first.step : 'none';
  const cause = first instanceof SequenceError && first.cause instanceof Error ? first.cause : first;
  const message = error instanceof AggregateError ? messageOf(error) : messageOf(cause);
  return {
    step,
    code: cause instanceof LcaError ? cause.code : 'unknown',
    message,
    remedy: remedyOf(cause) ?? null,
  };
}
