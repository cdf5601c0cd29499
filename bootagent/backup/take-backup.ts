import type { Backup } from '../../core/contract/velero/backup.ts';
import type { Host } from '../../core/host/host.ts';
import { type Digest, digestOf } from '../../core/seedimage/digest.ts';
import { beginBackup, type ResourceSource } from './begin-backup.ts';
import type { BegunBackup } from './begun-backups.ts';
import { checksumsText, type StoredObject, storeObject } from './checksums.ts';
import type { HostPath } from './host-paths.ts';
import { BACKUP_RESOURCE, backupKey, checksumsKey, VOLUME_INDEX, VOLUMES } from './layout.ts';
import { byteProgress } from './progress.ts';
import { saveVolume, timestamp } from './save-volume.ts';
import type { BackupStore } from './store/backup-store.ts';
import { storedBackupText } from './stored-backup.ts';
import { type VolumeRecord, volumeIndexText } from './volume-index.ts';

export interface TakeBackupOptions {
  readonly host: Host;
  readonly store: BackupStore;
  /** Whose backup it is. */
  readonly nodeId: string;
  /** Takes progress texts. */
  readonly report: (text: string) => Promise<void>;
  /** Called with a backup's name once its place is known to be this node's, before anything there is changed. */
  readonly noteBegun?: (name: string) => Promise<void>;
  /** What progress texts begin with. */
  readonly title: string;
  readonly signal: AbortSignal;
}

/** A backup of host paths alone has an archive too, so that every reader finds what it expects. */
const NO_RESOURCES: ResourceSource = {
  server: null,
  errors: [],
  items: { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }) },
};

/**
 * Makes one backup of host paths, or finishes one that was begun with resources of a cluster. The resource that proves
 * the backup's existence comes last, so one that was cut off is none.
 *
 * @returns the digest of the backup's list of checksums, by which it is known from now on
 */
export async function takeBackup(
  options: TakeBackupOptions,
  backup: Backup,
  paths: readonly HostPath[],
  begun?: BegunBackup,
): Promise<Digest> {
  const { host, store, nodeId, signal } = options;
  const { name } = backup;
  const { started, items, server, objects } = begun ?? (await beginBackup(options, backup, NO_RESOURCES));
  // only now: until it was begun it could have been another node's
  for (const unfinished of [BACKUP_RESOURCE, `${name}.sha256`, VOLUMES])
    await store.remove(backupKey(name, unfinished));
  const all: StoredObject[] = [...objects];
  const volumes: VolumeRecord[] = [];
  for (const path of paths) {
    const what = `${options.title}, ${path.named}`;
    await options.report(what);
    const onProgress = byteProgress(what, () => host.now().getTime(), options.report);
    const volume = await saveVolume({ host, store, backup: name, onProgress, signal }, path);
    volumes.push(volume);
    all.push({ name: volume.archive, size: volume.size, digest: `sha256:${volume.sha256}` });
  }
  all.push(await storeObject(store, name, VOLUME_INDEX, volumeIndexText(volumes)));
  const outcome = { started, completed: timestamp(host), nodeId, items, server };
  const resource = Buffer.from(storedBackupText(backup, outcome));
  const checksums = checksumsText([
    ...all,
    { name: BACKUP_RESOURCE, size: resource.length, digest: digestOf(resource) },
  ]);
  await store.put(checksumsKey(name), checksums);
  await store.put(backupKey(name, BACKUP_RESOURCE), resource);
  return digestOf(checksums);
}
