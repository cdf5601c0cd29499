import { z } from 'zod';
import type { Host } from '../host/host.ts';
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
export type SeedGeneratorDoor = ReadOnly<Omit<z.output<typeof file>, 'formatVersion'>>;

/** Reads the door's memory; undefined if there is none or it cannot be used: file and resource then meet anew. */
export async function readSeedGeneratorDoor(host: Host): Promise<SeedGeneratorDoor | undefined> {
  const text = await host.readText(SEED_GENERATOR_DOOR_PATH);
  if (text === undefined) return undefined;
  try {
    const { formatVersion: _, ...door } = file.parse(JSON.parse(text));
    return door;
  } catch {
    return undefined;
  }
}

/** Replaces the door's memory atomically; undefined forgets it. Nothing is written that is there already. */
export async function writeSeedGeneratorDoor(host: Host, door: SeedGeneratorDoor | undefined): Promise<void> {
  if (door === undefined) return host.remove(SEED_GENERATOR_DOOR_PATH);
  const text = `${JSON.stringify({ formatVersion: 1, ...door }, null, 2)}\n`;
  if ((await host.readText(SEED_GENERATOR_DOOR_PATH)) === text) return;
  await host.writeAtomic(SEED_GENERATOR_DOOR_PATH, text, { mode: 0o600 });
}
