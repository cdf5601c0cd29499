import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { type MemoryOf, readMemory, writeMemory } from './memory-file.ts';
import { SEED_GENERATOR_DOOR_PATH } from './paths.ts';
import { orNull, type ReadOnly } from './read-only.ts';

const file = z.strictObject({
  formatVersion: z.literal(1),
  /** The resource that was last in step with seedgenerator.yaml. */
  uid: z.string(),
  /** Text of seedgenerator.yaml then, to be put back if it is deleted while a seed is made. */
  text: z.string(),
  /** The request whose end the resource has been told; see `lca.request` of the status. */
  toldEndOf: orNull(z.string()),
});

/** What the cluster door remembers of the SeedGenerator. */
export type SeedGeneratorDoor = ReadOnly<MemoryOf<typeof file>>;

/** Reads the door's memory; undefined if there is none or it cannot be used: file and resource then meet anew. */
export function readSeedGeneratorDoor(host: Host): Promise<SeedGeneratorDoor | undefined> {
  return readMemory(host, SEED_GENERATOR_DOOR_PATH, file);
}

/** Replaces the door's memory atomically; undefined forgets it. */
export function writeSeedGeneratorDoor(host: Host, door: SeedGeneratorDoor | undefined): Promise<void> {
  return writeMemory(host, SEED_GENERATOR_DOOR_PATH, door);
}
