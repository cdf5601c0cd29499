import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import type { Backup } from '../../core/contract/velero/backup.ts';
import { Meter } from '../../core/seedimage/digest.ts';
import type { ServerVersion } from '../../core/tools/kubernetes/discovery.ts';
import { BackupError } from './backup-error.ts';
import type { BegunBackup } from './begun-backups.ts';
import { type StoredObject, storeObject } from './checksums.ts';
import { backupKey, emptySideFiles } from './layout.ts';
import { type ArchivedItem, resourceArchive } from './resources/archive.ts';
import { mappingAt, textAt } from './resources/json.ts';
import { timestamp } from './save-volume.ts';
import type { BackupStore } from './store/backup-store.ts';
import { isDisposable } from './stored-backup.ts';
import type { TakeBackupOptions } from './take-backup.ts';

/** Where the resources of a backup come from. */
export interface ResourceSource {
  readonly server: ServerVersion | null;
  readonly items: AsyncIterable<ArchivedItem>;
  /** Items that could not be read, a sentence each; asked after the last item. */
  readonly errors: readonly string[];
}

const NO_CONTENTS = "lca does not store contents of volumes: they stay on the node's disk";
const MOST_SHOWN = 3;

/**
 * Begins a backup with its archive of resources and Velero's side files. An older backup of the same name of this node is
 * removed first. Without its own resource, which comes last of all, it is none yet.
 *
 * @throws BackupError `backup-failed` if items could not be read, or the backup in its place is another node's
 */
export async function beginBackup(
  { host, store, nodeId, report, noteBegun, title, signal }: TakeBackupOptions,
  { name, namespace }: Backup,
  source: ResourceSource,
): Promise<BegunBackup> {
  const started = timestamp(host);
  if (!(await isDisposable(store, name, nodeId))) throw anothers(store, name);
  await noteBegun?.(name);
  await store.remove(backupKey(name));
  const objects: StoredObject[] = [];
  const put = async (object: string, value: unknown) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    objects.push(await storeObject(store, name, object, gzipSync(text)));
  };
  const resourceList: Record<string, string[]> = {};
  const volumes: object[] = [];
  let items = 0;
  const counted = async function* () {
    for await (const item of source.items) {
      signal.throwIfAborted();
      items += 1;
      if (items % 100 === 0) await report(`${title}, ${items} items`);
      (resourceList[kindOf(item)] ??= []).push(spokenName(item));
      if (item.resource === 'persistentvolumes') volumes.push(volumeInfo(item));
      yield item;
    }
  };
  const archive = `${name}.tar.gz`;
  const meter = new Meter();
  try {
    await Promise.all([
      pipeline(resourceArchive(counted(), host.now()), meter),
      store.put(backupKey(name, archive), meter),
    ]);
  } catch (error) {
    meter.destroy();
    throw error;
  }
  objects.push({ name: archive, size: meter.bytes, digest: meter.digest() });
  const { errors } = source;
  if (errors.length > 0) {
    const shown = errors.slice(0, MOST_SHOWN).join(' ');
    throw new BackupError(
      'backup-failed',
      `Backup ${name} would miss items: ${shown}${errors.length > MOST_SHOWN ? ` (and ${errors.length - MOST_SHOWN} more)` : ''}`,
    );
  }
  const sideFiles = {
    ...emptySideFiles(name),
    [`${name}-resource-list.json.gz`]: Object.fromEntries(
      Object.entries(resourceList)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([kind, names]) => [kind, names.toSorted()]),
    ),
    [`${name}-volumeinfo.json.gz`]: volumes,
    [`${name}-results.gz`]: { warnings: {}, errors: {} },
  };
  for (const [file, content] of Object.entries(sideFiles)) await put(file, content);
  const line = `time="${timestamp(host)}" level=info msg="Stored ${items} resources" backup=${namespace}/${name}\n`;
  await put(`${name}-logs.gz`, line);
  return { started, objects, items, server: source.server };
}

function anothers(store: BackupStore, name: string): BackupError {
  return new BackupError(
    'backup-failed',
    `Backup ${name} already exists in ${store.address}, and it is another node's.`,
    { remedy: 'Give each cluster a bucket or a prefix of its own, or the Backup another name.' },
  );
}

function kindOf({ object }: ArchivedItem): string {
  return `${textAt(object, 'apiVersion')}/${textAt(object, 'kind')}`;
}

function spokenName({ object }: ArchivedItem): string {
  const namespace = textAt(object, 'metadata', 'namespace');
  const name = textAt(object, 'metadata', 'name');
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** Velero's record of a volume, saying that there is no snapshot to look for (3.2). */
function volumeInfo({ object }: ArchivedItem): object {
  return {
    pvcName: textAt(object, 'spec', 'claimRef', 'name'),
    pvcNamespace: textAt(object, 'spec', 'claimRef', 'namespace'),
    pvName: textAt(object, 'metadata', 'name'),
    snapshotDataMoved: false,
    preserveLocalSnapshot: false,
    skipped: true,
    skippedReason: NO_CONTENTS,
    pvInfo: {
      reclaimPolicy: textAt(object, 'spec', 'persistentVolumeReclaimPolicy'),
      labels: mappingAt(object, 'metadata', 'labels') ?? {},
    },
  };
}
