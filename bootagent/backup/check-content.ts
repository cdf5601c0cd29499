import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import type { Backup } from '../../core/contract/velero/backup.ts';
import type { BackupStorageLocation } from '../../core/contract/velero/backup-storage-location.ts';
import type { Restore } from '../../core/contract/velero/restore.ts';
import type { Host } from '../../core/host/host.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import { treeSize } from '../../core/tools/copy.ts';
import { LABELS_ANNOTATION, parseLabelledObjects } from './apply-label.ts';
import { contentRefused, invalid, readBackupContent, readPassedContent } from './content.ts';
import {
  HOST_PATHS_ANNOTATION,
  type HostPath,
  hostPathsOf,
  overlaps,
  resolveHostPaths,
} from './host-paths.ts';
import { locationOf } from './store/locations.ts';

/** A Backup with the paths it stores, as they have been found on the node. */
export interface CheckedBackup {
  readonly backup: Backup;
  readonly paths: readonly HostPath[];
  /** Name of the location it goes to; null for the node itself. */
  readonly location: string | null;
}

/** What the request asks to be backed up and restored; nothing of it has been refused. */
export interface CheckedContent {
  readonly backups: readonly CheckedBackup[];
  readonly restores: readonly Restore[];
  /** Those that Backups go to. */
  readonly locations: readonly BackupStorageLocation[];
}

type Asked = Pick<UpgradeRequest, 'oadpContent' | 'carryOver'>;

/**
 * Reads what `spec.oadpContent` refers to and checks all of it against the node, changing nothing and not asking a
 * cluster.
 *
 * @throws BackupError `content-refused`; ContractError for a file below objects/ that cannot be read
 */
export async function checkBackupContent(host: Host, request: Asked): Promise<CheckedContent> {
  const { backups, restores, locations } = await readBackupContent(host, request.oadpContent);
  if (backups.length === 0) return { backups: [], restores: [], locations: [] };
  const hasCluster = (await nodePlatform(host)).cluster !== undefined;
  const checked: CheckedBackup[] = [];
  for (const backup of backups) {
    checkLabelledObjects(backup, hasCluster);
    checkPossible(backup, hasCluster);
    checkHooks(backup);
    const location = checkedLocation(backup, locations);
    checked.push({ backup, location, paths: await resolveHostPaths(host, backup) });
  }
  for (const restore of restores) checkHooks(restore);
  checkOverlaps(checked, request.carryOver);
  const used = locations.filter(({ name }) => checked.some(({ location }) => location === name));
  return { backups: checked, restores, locations: used };
}

/** Whether anything is stored that workloads could be writing to. Asks for no more than that. */
export async function storesHostPaths(
  host: Host,
  { oadpContent }: Pick<Asked, 'oadpContent'>,
): Promise<boolean> {
  const { backups } = await readPassedContent(host, oadpContent);
  return backups.some((backup) => hostPathsOf(backup).length > 0);
}

/** Bytes on disk of all that is stored; a restored copy takes as much, an archive at most. */
export async function backupBytes(host: Host, { backups }: CheckedContent): Promise<number> {
  let bytes = 0;
  for (const { path } of backups.flatMap(({ paths }) => paths)) bytes += await treeSize(host, path);
  return bytes;
}

/**
 * Whether a Backup stores objects of the cluster. One that names host paths and says nothing of objects means those
 * paths alone, not (as an empty filter would) everything.
 */
export function storesResources(backup: Pick<Backup, 'annotations' | 'spec'>): boolean {
  if (hostPathsOf(backup).length === 0) return true;
  const { spec, annotations } = backup;
  const lists = [
    spec.includedNamespaces,
    spec.excludedNamespaces,
    spec.includedResources,
    spec.excludedResources,
    spec.includedClusterScopedResources,
    spec.excludedClusterScopedResources,
    spec.includedNamespaceScopedResources,
    spec.excludedNamespaceScopedResources,
    spec.orLabelSelectors,
  ];
  return (
    lists.some((list) => list.length > 0) ||
    spec.labelSelector !== null ||
    spec.includeClusterResources !== null ||
    (annotations[LABELS_ANNOTATION] ?? '') !== ''
  );
}

function checkLabelledObjects({ annotations, name }: Backup, hasCluster: boolean): void {
  const value = annotations[LABELS_ANNOTATION];
  if (value === undefined || value === '') return;
  const parsed = parseLabelledObjects(value);
  if ('wrong' in parsed) {
    throw contentRefused(`invalid apply-label obj in annotation value: ${parsed.wrong}`, {
      remedy: `Name objects of Backup ${name} as version/resource/name, or with group and namespace as documented.`,
    });
  }
  if (hasCluster) return;
  throw contentRefused(
    'failed apply backup label to objects included in apply-backup annotation: failed to patch object: this node has no cluster',
    { remedy: `Remove annotation ${LABELS_ANNOTATION} from Backup ${name}.` },
  );
}

/** On a node without a cluster only host paths can be stored. */
function checkPossible(backup: Backup, hasCluster: boolean): void {
  if (!hasCluster && hostPathsOf(backup).length === 0) {
    throw invalid(
      'Backup',
      backup.name,
      'it stores nothing: this node has no cluster, and the Backup names no host paths',
      { remedy: `Name the paths in annotation ${HOST_PATHS_ANNOTATION} of Backup ${backup.name}.` },
    );
  }
}

/** Hooks are commands in pods, and containers put into them: Velero runs them, lca does not. */
function checkHooks({ kind, name, spec }: Backup | Restore): void {
  const { resources } = (spec.hooks ?? {}) as { readonly resources?: unknown };
  if (!Array.isArray(resources) || resources.length === 0) return;
  const instead =
    kind === 'Backup'
      ? 'host paths are stored after workloads have been stopped'
      : 'what is to run after the restore can be a Job among the extra manifests';
  throw invalid(kind, name, 'spec.hooks need Velero itself', {
    remedy: `Remove spec.hooks from ${kind} ${name}: ${instead}.`,
  });
}

/** Where a Backup goes. */
function checkedLocation(backup: Backup, locations: readonly BackupStorageLocation[]): string | null {
  const { storageLocation } = backup.spec;
  const found = locationOf(backup, locations);
  if (found === null) return null;
  if (found === undefined) {
    throw invalid('Backup', backup.name, `spec.storageLocation ${storageLocation} is not known`, {
      remedy:
        'Remove spec.storageLocation, so that the backup lies on the node, or add the BackupStorageLocation to the ConfigMap.',
    });
  }
  if (found.spec.accessMode === 'ReadOnly') {
    throw invalid('Backup', backup.name, `BackupStorageLocation ${found.name} is read-only`, {
      remedy: `Set spec.accessMode of BackupStorageLocation ${found.name} to ReadWrite.`,
    });
  }
  if (hostPathsOf(backup).length > 0) {
    throw invalid(
      'Backup',
      backup.name,
      `host paths cannot lie in BackupStorageLocation ${found.name}: they are restored before the network is up`,
      { remedy: 'Put the host paths into a Backup of their own without a storage location.' },
    );
  }
  return found.name;
}

/** Nothing is stored twice, and nothing comes back in two ways. */
function checkOverlaps(checked: readonly CheckedBackup[], carryOver: readonly string[]): void {
  const all = checked.flatMap(({ backup, paths }) => paths.map((path) => ({ ...path, backup: backup.name })));
  for (const [position, { named, path, backup }] of all.entries()) {
    const other = all.slice(0, position).find((earlier) => overlaps(earlier.path, path));
    const carried = carryOver.find((listed) => overlaps(listed.replace(/\/+$/, ''), path));
    const clash =
      other === undefined
        ? carried === undefined
          ? undefined
          : `${carried}, listed in spec.lca.carryOver`
        : `${other.named} of Backup ${other.backup}`;
    if (clash === undefined) continue;
    throw invalid('Backup', backup, `host path ${named} and ${clash}, lie in one another`, {
      remedy: 'Name each place once.',
    });
  }
}
