import type { PassedBackup } from '../../../core/contract/velero/passed-on.ts';
import type { Host } from '../../../core/host/host.ts';
import type { ServedType } from '../../../core/tools/kubernetes/discovery.ts';
import { VELERO_BACKUP } from '../../../core/tools/kubernetes/known-types.ts';
import type { NewObject } from '../../../core/tools/kubernetes/kubernetes-object.ts';
import { MESSAGES } from '../../stages/state-machine/messages.ts';
import { labelledObjectsOf } from '../apply-label.ts';
import type { ClusterApi } from '../cluster-api.ts';
import type { PassedContent } from '../content.ts';
import { OWNER_LABEL } from '../node-id.ts';
import { mappingAt } from '../resources/json.ts';
import { discoverForLabels } from '../silent-groups.ts';
import { inWaves } from '../waves.ts';
import { newObject } from './check-velero.ts';
import { deleteBackups } from './clear-velero.ts';
import { BACKUP_LABEL, labelObjects } from './labels.ts';
import { untilCompleted } from './phases.ts';

export interface VeleroOptions {
  readonly host: Host;
  readonly api: ClusterApi;
  readonly report: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
  readonly clusterId: string;
}

/** For each wave; as long as Velero itself gives asynchronous work (its `itemOperationTimeout`). */
const WAVE_SECONDS = 4 * 3_600;

/**
 * Has Velero make all Backups, wave by wave. One of this node that is there already is waited for; one of the same name
 * that another cluster left is removed first (backup-restore.md 1.3, 1.4).
 *
 * @throws BackupError `backup-failed` naming the Backups that failed
 */
export async function backUpWithVelero(options: VeleroOptions, { backups }: PassedContent): Promise<void> {
  const { host, api, report, signal, clusterId } = options;
  const { client } = api;
  const types = await discoverForLabels(api, backups);
  for (const wave of inWaves(backups)) {
    const stale: PassedBackup[] = [];
    const missing: PassedBackup[] = [];
    for (const backup of wave) {
      const { name, namespace } = backup;
      const live = await client.get(VELERO_BACKUP, { name, namespace }, { signal });
      if (live?.metadata.labels?.[OWNER_LABEL] === clusterId) continue;
      if (live !== undefined) stale.push(backup);
      missing.push(backup);
    }
    await deleteBackups(options, stale);
    for (const backup of missing) await create(options, types, backup);
    await untilCompleted(
      { host, client, report, signal, untilSeconds: (await host.uptimeSeconds()) + WAVE_SECONDS },
      VELERO_BACKUP,
      wave,
      MESSAGES.upgrade.backupInProgress,
      { code: 'backup-failed', title: 'Failed backup CRs' },
    );
  }
}

async function create(
  { api: { client }, signal, clusterId }: VeleroOptions,
  types: readonly ServedType[],
  backup: PassedBackup,
): Promise<void> {
  await labelObjects(client, types, backup, { signal });
  const object = newObject(backup.written, backup.namespace, { [OWNER_LABEL]: clusterId });
  await client.create(VELERO_BACKUP, selecting(backup, object), { signal });
}

/** The Backup with the label of the objects that it names in its selector. */
function selecting(backup: PassedBackup, object: NewObject): NewObject {
  if (labelledObjectsOf(backup).length === 0) return object;
  const spec = mappingAt(object, 'spec') ?? {};
  const labelSelector = mappingAt(spec, 'labelSelector') ?? {};
  const matchLabels = { ...mappingAt(labelSelector, 'matchLabels'), [BACKUP_LABEL]: backup.name };
  return { ...object, spec: { ...spec, labelSelector: { ...labelSelector, matchLabels } } };
}
