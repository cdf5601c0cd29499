import { gzipSync } from 'node:zlib';
import type { Backup } from '../../core/contract/velero/backup.ts';
import type { Host } from '../../core/host/host.ts';
import { type Digest, digestOf } from '../../core/seedimage/digest.ts';
import { checksumsText, type StoredObject } from './checksums.ts';
import type { HostPath } from './host-paths.ts';
import { BACKUP_RESOURCE, backupKey, checksumsKey, emptySideFiles, VOLUME_INDEX } from './layout.ts';
import { byteProgress } from './progress.ts';
import { saveVolume, timestamp } from './save-volume.ts';
import type { BackupStore } from './store/backup-store.ts';
import { storedBackupText } from './stored-backup.ts';
import { emptyResourceArchive } from './velero-archive.ts';
import { type VolumeRecord, volumeIndexText } from './volume-index.ts';

export interface TakeBackupOptions {
  readonly host: Host;
  readonly store: BackupStore;
  /** Whose backup it is. */
  readonly nodeId: string;
  /** Takes progress texts. */
  readonly report: (text: string) => Promise<void>;
  /** What progress texts begin with. */
  readonly title: string;
  readonly signal: AbortSignal;
}

/**
 * Makes one backup of host paths. An older one of the same name is removed first; the resource that proves the backup's
 * existence comes last, so one that was cut off is none.
 *
 * @returns the digest of the backup's list of checksums, by which it is known from now on
 */
export async function takeBackup(
  options: TakeBackupOptions,
  backup: Backup,
  paths: readonly HostPath[],
): Promise<Digest> {
  const { host, store, nodeId, signal } = options;
  const { name } = backup;
  const objects: StoredObject[] = [];
  const put = async (object: string, data: string | Uint8Array): Promise<void> => {
    const bytes = Buffer.from(data);
    await store.put(backupKey(name, object), bytes);
    objects.push({ name: object, size: bytes.length, digest: digestOf(bytes) });
  };
  const started = timestamp(host);
  await store.remove(backupKey(name));
  const volumes: VolumeRecord[] = [];
  for (const path of paths) {
    const what = `${options.title}, ${path.named}`;
    await options.report(what);
    const onProgress = byteProgress(what, () => host.now().getTime(), options.report);
    const volume = await saveVolume({ host, store, backup: name, onProgress, signal }, path);
    volumes.push(volume);
    objects.push({ name: volume.archive, size: volume.size, digest: `sha256:${volume.sha256}` });
  }
  await put(VOLUME_INDEX, volumeIndexText(volumes));
  await put(`${name}.tar.gz`, emptyResourceArchive(host.now()));
  for (const [file, content] of Object.entries(emptySideFiles(name)))
    await put(file, gzipSync(JSON.stringify(content)));
  await put(`${name}-results.gz`, gzipSync(JSON.stringify({ warnings: {}, errors: {} })));
  await put(`${name}-logs.gz`, gzipSync(logText(backup, volumes)));
  const resource = storedBackupText(backup, { started, completed: timestamp(host), nodeId, items: 0 });
  const bytes = Buffer.from(resource);
  const checksums = checksumsText([
    ...objects,
    { name: BACKUP_RESOURCE, size: bytes.length, digest: digestOf(bytes) },
  ]);
  await store.put(checksumsKey(name), checksums);
  await store.put(backupKey(name, BACKUP_RESOURCE), bytes);
  return digestOf(checksums);
}

function logText({ name, namespace }: Backup, volumes: readonly VolumeRecord[]): string {
  return volumes
    .map(
      ({ path, files, size, completionTimestamp }) =>
        `time="${completionTimestamp}" level=info msg=${JSON.stringify(`Stored ${path}: ${files} files, ${size} bytes compressed`)} backup=${namespace}/${name}\n`,
    )
    .join('');
}
