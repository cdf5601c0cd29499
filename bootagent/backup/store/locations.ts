import { readObjects } from '../../../core/contract/objects.ts';
import type { Backup } from '../../../core/contract/velero/backup.ts';
import type { BackupStorageLocation } from '../../../core/contract/velero/backup-storage-location.ts';
import type { Host } from '../../../core/host/host.ts';
import { SECRET } from '../../../core/tools/kubernetes/known-types.ts';
import type { KubernetesClient } from '../../../core/tools/kubernetes/kubernetes-client.ts';
import type { S3Access } from '../../../core/tools/s3/s3-access.ts';
import { BackupError } from '../backup-error.ts';
import { mappingAt } from '../resources/json.ts';
import type { BackupStore } from './backup-store.ts';
import { bucketAccess, type FindSecret, secretsOf } from './bucket-access.ts';
import { openBucket } from './bucket-store.ts';
import { DirectoryStore } from './directory-store.ts';
import { readKnownBuckets } from './known-buckets.ts';

/** Locations that mean the node itself, unless a location of that name is given. */
const NODE: readonly (string | null)[] = [null, '', 'default'];

/**
 * The location that a Backup goes to: the one it names, else the default one, else the node itself (null); undefined if
 * it names one that nobody has described.
 */
export function locationOf(
  { spec: { storageLocation } }: Pick<Backup, 'spec'>,
  locations: readonly BackupStorageLocation[],
): BackupStorageLocation | null | undefined {
  const found =
    locations.find(({ name }) => name === storageLocation) ??
    (storageLocation ? undefined : locations.find(({ spec }) => spec.default));
  return found ?? (NODE.includes(storageLocation) ? null : undefined);
}

/** How to reach the buckets of these locations; Secrets below objects/ come before the cluster's. */
export async function accessesOf(
  host: Host,
  client: KubernetesClient | undefined,
  locations: readonly BackupStorageLocation[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, S3Access>> {
  const below = secretsOf(await readObjects(host));
  const find: FindSecret = async (ref) =>
    (await below(ref)) ?? (client === undefined ? undefined : secretOfCluster(client, ref, signal));
  const accesses = new Map<string, S3Access>();
  for (const location of locations) accesses.set(location.name, await bucketAccess(location, find));
  return accesses;
}

async function secretOfCluster(
  client: KubernetesClient,
  ref: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  const data = mappingAt(await client.get(SECRET, ref, { signal }), 'data');
  if (data === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(String(value), 'base64').toString()]),
  );
}

/** Opens stores by the names of their locations, each once: the node's own for null. */
export class Stores {
  readonly #host: Host;
  readonly #signal: AbortSignal;
  readonly #readPatienceMs: number;
  readonly #open = new Map<string | null, BackupStore>();

  /** @param readPatienceMs how long reading from a bucket bears an outage; default some seconds */
  constructor(host: Host, signal: AbortSignal, readPatienceMs = 0) {
    this.#host = host;
    this.#signal = signal;
    this.#readPatienceMs = readPatienceMs;
  }

  /** @throws BackupError where nothing is known of the location (any more) */
  async at(location: string | null): Promise<BackupStore> {
    const open = this.#open.get(location);
    if (open !== undefined) return open;
    const store = location === null ? new DirectoryStore(this.#host) : await this.#bucket(location);
    this.#open.set(location, store);
    return store;
  }

  async #bucket(location: string): Promise<BackupStore> {
    const known = (await readKnownBuckets(this.#host))[location];
    if (known !== undefined)
      return openBucket(this.#host, known.access, known.prefix, this.#signal, this.#readPatienceMs);
    throw new BackupError(
      'backup-damaged',
      `It is no longer known how to reach BackupStorageLocation ${location}.`,
      { remedy: 'Go to Idle and make the upgrade anew.' },
    );
  }
}
