import type { BackupStorageLocation } from '../../../core/contract/velero/backup-storage-location.ts';
import type { Host } from '../../../core/host/host.ts';
import type { KubernetesClient } from '../../../core/tools/kubernetes/kubernetes-client.ts';
import type { CheckedContent } from '../check-content.ts';
import { contentRefused } from '../content.ts';
import { openBucket } from './bucket-store.ts';
import { type KnownBucket, readKnownBuckets, writeKnownBuckets } from './known-buckets.ts';
import { accessesOf } from './locations.ts';

/** What Velero allows below a location's prefix (backup-restore.md 3.1): anything else makes it unavailable there. */
const TOP_LEVEL = ['backups', 'restores', 'restic', 'kopia', 'metadata', 'plugins'];

/**
 * Every bucket can be reached and listed, and holds nothing that does not belong beside backups; Velero's own test of a
 * location. Changes nothing.
 *
 * @throws BackupError `content-refused`; S3Error
 */
export async function checkBuckets(
  host: Host,
  client: KubernetesClient,
  locations: readonly BackupStorageLocation[],
  signal: AbortSignal,
): Promise<void> {
  const accesses = await accessesOf(host, client, locations, signal);
  for (const { name, spec } of locations) {
    const access = accesses.get(name);
    if (access === undefined) continue;
    const store = await openBucket(host, access, spec.objectStorage.prefix, signal);
    const others = (await store.list('')).filter((entry) => !TOP_LEVEL.includes(entry));
    if (others.length === 0) continue;
    throw contentRefused(
      `BackupStorageLocation ${name}: Backup store contains invalid top-level directories: ${others.join(', ')}`,
      { remedy: 'Give spec.objectStorage.prefix a place of its own in the bucket.' },
    );
  }
}

/** Writes down how the buckets are reached, before anything lies in them. What was begun there earlier stays known. */
export async function noteBuckets(
  host: Host,
  client: KubernetesClient,
  { locations }: Pick<CheckedContent, 'locations'>,
  signal: AbortSignal,
): Promise<void> {
  if (locations.length === 0) return;
  const accesses = await accessesOf(host, client, locations, signal);
  const earlier = await readKnownBuckets(host);
  const buckets: Record<string, KnownBucket> = {};
  for (const { name, spec } of locations) {
    const access = accesses.get(name);
    if (access === undefined) continue;
    buckets[name] = { access, prefix: spec.objectStorage.prefix, begun: earlier[name]?.begun ?? {} };
  }
  await writeKnownBuckets(host, buckets);
}

/** Writes down that a Backup is begun in its bucket, so that it is removed again; one that lies on the node needs no note. */
export async function noteBegun(
  host: Host,
  { backups, restores }: Pick<CheckedContent, 'backups' | 'restores'>,
  name: string,
): Promise<void> {
  const location = backups.find(({ backup }) => backup.name === name)?.location ?? null;
  const restore = restores.find(({ spec }) => spec.backupName === name);
  const buckets = await readKnownBuckets(host);
  const bucket = location === null ? undefined : buckets[location];
  if (location === null || bucket === undefined || restore === undefined) return;
  const begun = { ...bucket.begun, [name]: restore.name };
  await writeKnownBuckets(host, { ...buckets, [location]: { ...bucket, begun } });
}
