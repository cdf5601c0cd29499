import { VELERO_NAMESPACE } from '../../../core/contract/velero/resource.ts';
import { messageOf } from '../../../core/errors/lca-error.ts';
import { listIfKnown } from '../../../core/platform/cluster-client.ts';
import {
  CLUSTER_SERVICE_VERSION,
  DATA_PROTECTION_APPLICATION,
  VELERO_BACKUP,
  VELERO_RESTORE,
} from '../../../core/tools/kubernetes/known-types.ts';
import type { KubernetesClient } from '../../../core/tools/kubernetes/kubernetes-client.ts';
import { isOutage, KubernetesError } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import type { NewObject } from '../../../core/tools/kubernetes/kubernetes-object.ts';
import { LABELS_ANNOTATION, parseLabelledObjects } from '../apply-label.ts';
import { BackupError } from '../backup-error.ts';
import type { ClusterApi } from '../cluster-api.ts';
import { contentRefused, invalid, type PassedContent } from '../content.ts';
import { HOST_PATHS_ANNOTATION, hostPathsOf } from '../host-paths.ts';
import { discoverForLabels } from '../silent-groups.ts';
import { labelObjects } from './labels.ts';

const OPERATOR = 'failed to validate IBU spec: failed to check oadp operator availability: ';

/**
 * Asks Velero's API what it thinks of the content; changes nothing (backup-restore.md 1.3).
 *
 * @throws BackupError `content-refused` or `not-supported` with the documented messages; KubernetesError where the API
 * does not answer
 */
export async function checkWithVelero(
  api: ClusterApi,
  { backups, restores }: PassedContent,
  signal: AbortSignal,
): Promise<void> {
  const { client } = api;
  const types = await discoverForLabels(api, backups);
  if (
    types.some(({ plural, group }) => plural === 'dataprotectionapplications' && group.startsWith('oadp.'))
  ) {
    if (types.some(({ plural }) => plural === CLUSTER_SERVICE_VERSION.plural)) await checkOperator(client);
    checkApplications((await listIfKnown(client, DATA_PROTECTION_APPLICATION)).length);
  }
  for (const backup of backups) {
    if (hostPathsOf(backup).length > 0) {
      throw invalid('Backup', backup.name, 'it names host paths, which Velero does not store', {
        remedy: `Take ${HOST_PATHS_ANNOTATION} out, and name the paths in spec.lca.carryOver.`,
      });
    }
    const named = backup.annotations[LABELS_ANNOTATION] ?? '';
    const labelled = named === '' ? { objects: [] } : parseLabelledObjects(named);
    if ('wrong' in labelled)
      throw contentRefused(`invalid apply-label obj in annotation value: ${labelled.wrong}`);
    await dryRun('Backup', backup.name, () =>
      client.create(VELERO_BACKUP, newObject(backup.written, backup.namespace), { dryRun: true, signal }),
    );
    await labelObjects(client, types, backup, { dryRun: true, signal });
  }
  for (const restore of restores) {
    await dryRun('Restore', restore.name, () =>
      client.create(VELERO_RESTORE, newObject(restore.written, restore.namespace), { dryRun: true, signal }),
    );
  }
}

/** A resource as it is sent: in its namespace, without a status. */
export function newObject(
  written: Readonly<Record<string, unknown>>,
  namespace: string,
  labels: Readonly<Record<string, string>> = {},
): NewObject {
  const rest = Object.fromEntries(Object.entries(written).filter(([field]) => field !== 'status'));
  const metadata = { ...(written['metadata'] as Record<string, unknown>), namespace };
  const all = { ...(metadata as { labels?: object | null }).labels, ...labels };
  return { ...rest, metadata: { ...metadata, labels: all } } as unknown as NewObject;
}

/** Definitions outlive the operator; where OLM installs operators, its record tells whether this one is still there. */
async function checkOperator(client: KubernetesClient): Promise<void> {
  const { items } = await client.list(CLUSTER_SERVICE_VERSION, { namespace: VELERO_NAMESPACE });
  if (items.some(({ metadata }) => metadata.name.includes('oadp-operator'))) return;
  throw new BackupError(
    'content-refused',
    `${OPERATOR}Please ensure OADP operator is installed in the ${VELERO_NAMESPACE}`,
    { remedy: `Install the OADP operator in the namespace ${VELERO_NAMESPACE}.` },
  );
}

function checkApplications(count: number): void {
  if (count === 1) return;
  const text =
    count === 0
      ? `No DataProtectionApplication CR found in the ${VELERO_NAMESPACE}`
      : `Only one DataProtectionApplication CR is allowed in the ${VELERO_NAMESPACE},`;
  throw new BackupError('content-refused', `${OPERATOR}${text}`, {
    remedy: 'Keep exactly one DataProtectionApplication: it tells Velero where backups are.',
  });
}

async function dryRun(
  kind: 'Backup' | 'Restore',
  name: string,
  create: () => Promise<unknown>,
): Promise<void> {
  try {
    await create();
  } catch (cause) {
    if (!(cause instanceof KubernetesError) || isOutage(cause)) throw cause;
    if (cause.code === 'already-exists') return;
    if (cause.code === 'invalid') throw invalid(kind, name, messageOf(cause).replace(/\.$/, ''), { cause });
    throw contentRefused(`failed to create ${kind.toLowerCase()} with dry run: ${messageOf(cause)}`, {
      cause,
    });
  }
}
