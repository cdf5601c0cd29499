import { z } from 'zod';
import type { Backup } from '../../core/contract/velero/backup.ts';
import { durationSeconds, VELERO_API_VERSION } from '../../core/contract/velero/resource.ts';
import type { ServerVersion } from '../../core/tools/kubernetes/discovery.ts';
import { BACKUP_RESOURCE, backupKey } from './layout.ts';
import { OWNER_LABEL } from './node-id.ts';
import type { BackupStore } from './store/backup-store.ts';

const DEFAULT_TTL = '720h0m0s';
const DEFAULT_LOCATION = 'default';

interface Outcome {
  readonly started: string;
  readonly completed: string;
  readonly nodeId: string;
  /** Resources in the archive. */
  readonly items: number;
  /** The API server they are from. */
  readonly server: ServerVersion | null;
}

/** The Backup as it is stored: the user's, with Velero's defaults, whose it is, and how it ended (3.2). */
export function storedBackupText(
  backup: Backup,
  { started, completed, nodeId, items, server }: Outcome,
): string {
  const ttl = backup.spec.ttl ?? DEFAULT_TTL;
  const storageLocation = backup.spec.storageLocation || DEFAULT_LOCATION;
  const expiration = new Date(Date.parse(started) + durationSeconds(ttl) * 1000);
  const resource = {
    kind: 'Backup',
    apiVersion: VELERO_API_VERSION,
    metadata: {
      name: backup.name,
      namespace: backup.namespace,
      creationTimestamp: started,
      labels: {
        ...backup.labels,
        [OWNER_LABEL]: nodeId,
        'velero.io/storage-location': storageLocation,
      },
      annotations: {
        ...backup.annotations,
        'velero.io/resource-timeout': '10m0s',
        'velero.io/source-cluster-k8s-gitversion': server?.gitVersion ?? '',
        'velero.io/source-cluster-k8s-major-version': server?.major ?? '',
        'velero.io/source-cluster-k8s-minor-version': server?.minor ?? '',
      },
    },
    spec: {
      csiSnapshotTimeout: '10m0s',
      defaultVolumesToFsBackup: false,
      hooks: {},
      itemOperationTimeout: '4h0m0s',
      metadata: {},
      snapshotMoveData: false,
      ...backup.writtenSpec,
      storageLocation,
      ttl,
    },
    status: {
      version: 1,
      formatVersion: '1.1.0',
      phase: 'Completed',
      startTimestamp: started,
      completionTimestamp: completed,
      expiration: expiration.toISOString().replace(/\.\d+Z$/, 'Z'),
      progress: { totalItems: items, itemsBackedUp: items },
    },
  };
  return `${JSON.stringify(resource, null, 2)}\n`;
}

const owned = z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }) });

/** Whether a node may replace or remove a backup: its own, and one that was cut off before it had its resource. */
export async function isDisposable(store: BackupStore, backup: string, node: string): Promise<boolean> {
  const resource = await store.read(backupKey(backup, BACKUP_RESOURCE));
  return resource === undefined || ownerIn(resource) === node;
}

/** Whose a stored backup is; undefined if it is not whole or does not say. */
export async function ownerOf(store: BackupStore, backup: string): Promise<string | undefined> {
  const resource = await store.read(backupKey(backup, BACKUP_RESOURCE));
  return resource === undefined ? undefined : ownerIn(resource);
}

function ownerIn(resource: Uint8Array): string | undefined {
  try {
    return owned.parse(JSON.parse(Buffer.from(resource).toString())).metadata.labels[OWNER_LABEL];
  } catch {
    return undefined;
  }
}
