import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { type MemoryOf, readMemory, writeMemory } from './memory-file.ts';
import { SEED_RESULT_PATH } from './paths.ts';
import { orNull, type ReadOnly } from './read-only.ts';

const file = z.strictObject({
  formatVersion: z.literal(1),
  /** `running` is written before anything else: a builder that has left it and is gone was killed. */
  state: z.enum(['running', 'completed', 'failed']),
  /** What failed: the step's name, its error's code, sentence and remedy. Null where nothing did. */
  failure: orNull(
    z.strictObject({
      step: z.string(),
      code: z.string(),
      message: z.string(),
      remedy: orNull(z.string()),
    }),
  ),
  /** Digest of the image that was pushed. */
  digest: orNull(z.string()),
});

/** How a build of a seed fares, as the builder tells it to who has started it. */
export type SeedResult = ReadOnly<MemoryOf<typeof file>>;

/** Reads it; undefined if the builder has not begun, or the file cannot be used. */
export function readSeedResult(host: Host, path: string = SEED_RESULT_PATH): Promise<SeedResult | undefined> {
  return readMemory(host, path, file);
}

/** Replaces it atomically. */
export function writeSeedResult(host: Host, result: SeedResult, path: string): Promise<void> {
  return writeMemory(host, path, result);
}
