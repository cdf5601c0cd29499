import { DELETE_BACKUP_REQUEST, VELERO_BACKUP } from '../../../core/tools/kubernetes/known-types.ts';
import { BackupError } from '../backup-error.ts';
import { OWNER_LABEL } from '../node-id.ts';
import { type Json, mappingAt, textAt } from '../resources/json.ts';
import type { VeleroOptions } from './back-up-with-velero.ts';
import { unlabelObjects } from './labels.ts';
import type { Asked } from './phases.ts';

const PAUSE_MS = 1_000;
const PATIENCE_MS = 5 * 60_000;

/**
 * Has Velero delete Backups with all that it has stored of them, and waits until they are gone (backup-restore.md 1.8).
 *
 * @throws BackupError `backup-failed` with upstream's sentences
 */
export async function deleteBackups(
  { host, api: { client }, signal, clusterId }: Omit<VeleroOptions, 'report'>,
  backups: readonly Asked[],
): Promise<void> {
  for (const { name, namespace } of backups) {
    await client.remove(DELETE_BACKUP_REQUEST, { name, namespace }, { signal });
    const object = {
      apiVersion: DELETE_BACKUP_REQUEST.apiVersion,
      kind: DELETE_BACKUP_REQUEST.kind,
      metadata: { name, namespace, labels: { [OWNER_LABEL]: clusterId } },
      spec: { backupName: name },
    };
    await client.create(DELETE_BACKUP_REQUEST, object, { signal });
  }
  const until = host.now().getTime() + PATIENCE_MS;
  for (let open = [...backups]; open.length > 0; await host.sleep(PAUSE_MS, signal)) {
    const left: Asked[] = [];
    for (const each of open) {
      const request = await client.get(DELETE_BACKUP_REQUEST, each, { signal });
      const errors = errorsOf(request);
      if (textAt(request, 'status', 'phase') === 'Processed' && errors.length > 0)
        throw failure(`deleteBackupRequest ${each.name} failed with errors: ${errors.join('; ')}`);
      if (request !== undefined) left.push(each);
    }
    open = left;
    if (open.length === 0) break;
    if (host.now().getTime() >= until)
      throw failure(`deleteBackupRequest ${open.map(({ name }) => name).join(',')} not processed in time`);
  }
  for (const each of backups) {
    if ((await client.get(VELERO_BACKUP, each, { signal })) !== undefined)
      throw failure(`all DeleteBackupRequests are processed, but backup ${each.name} is not deleted`);
  }
}

/** Removes all of this node's Backups, the requests it has made for that, and its labels from objects. */
export async function clearVelero(options: VeleroOptions): Promise<void> {
  const { api, report, signal, clusterId } = options;
  const { client } = api;
  const labelSelector = `${OWNER_LABEL}=${clusterId}`;
  const { items: requests } = await client.list(DELETE_BACKUP_REQUEST, { labelSelector, signal });
  for (const { metadata } of requests) await client.remove(DELETE_BACKUP_REQUEST, metadata, { signal });
  const { items } = await client.list(VELERO_BACKUP, { labelSelector, signal });
  const types = await api.discover();
  for (const { metadata } of items) {
    await report(`removing backup ${metadata.name}`);
    const { name, annotations } = metadata;
    await unlabelObjects(client, types, { name, annotations: annotations ?? {} }, { signal });
  }
  const backups = items.map(({ metadata: { name, namespace } }) => ({ name, namespace: namespace ?? '' }));
  await deleteBackups(options, backups);
}

function errorsOf(request: Json | undefined): readonly string[] {
  const errors = mappingAt(request, 'status')?.['errors'];
  return Array.isArray(errors) ? errors.map(String) : [];
}

function failure(why: string): BackupError {
  return new BackupError('backup-failed', `failed to delete backups: ${why}`, {
    remedy: 'See the log of Velero; its store may not be reachable.',
  });
}
