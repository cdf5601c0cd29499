import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { type MemoryOf, readMemory, writeMemory } from './memory-file.ts';
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
export type ClusterDoor = ReadOnly<MemoryOf<typeof file>>;

/** Reads the door's memory; undefined if there is none or it cannot be used: file and resource then meet anew. */
export function readClusterDoor(host: Host): Promise<ClusterDoor | undefined> {
  return readMemory(host, CLUSTER_DOOR_PATH, file);
}

/** Replaces the door's memory atomically; undefined forgets it. */
export function writeClusterDoor(host: Host, door: ClusterDoor | undefined): Promise<void> {
  return writeMemory(host, CLUSTER_DOOR_PATH, door);
}
