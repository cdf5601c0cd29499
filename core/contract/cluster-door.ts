import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { CLUSTER_DOOR_PATH } from './paths.ts';
import type { ReadOnly } from './read-only.ts';

const content = z.strictObject({
  spec: z.record(z.string(), z.unknown()),
  annotations: z.record(z.string(), z.string()),
});

const file = z.strictObject({
  formatVersion: z.literal(1),
  /** The resource that was last in step with ibu.yaml. */
  name: z.string(),
  uid: z.string(),
  /** What each of the two said then. */
  file: content,
  resource: content,
});

/** What the cluster door remembers: the resource it knows, and what file and resource said when they last agreed. */
export type ClusterDoor = ReadOnly<Omit<z.output<typeof file>, 'formatVersion'>>;

/** Reads the door's memory; undefined if there is none or it cannot be used: file and resource then meet anew. */
export async function readClusterDoor(host: Host): Promise<ClusterDoor | undefined> {
  const text = await host.readText(CLUSTER_DOOR_PATH);
  if (text === undefined) return undefined;
  try {
    const { formatVersion: _, ...door } = file.parse(JSON.parse(text));
    return door;
  } catch {
    return undefined;
  }
}

/** Replaces the door's memory atomically; undefined forgets it. */
export async function writeClusterDoor(host: Host, door: ClusterDoor | undefined): Promise<void> {
  if (door === undefined) return host.remove(CLUSTER_DOOR_PATH);
  const text = `${JSON.stringify({ formatVersion: 1, ...door }, null, 2)}\n`;
  await host.writeAtomic(CLUSTER_DOOR_PATH, text, { mode: 0o600 });
}
