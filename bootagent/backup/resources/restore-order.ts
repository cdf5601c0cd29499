/** Velero's order of restoring (backup-restore.md 3.7), by `resource.group`. */

const FIRST = [
  'customresourcedefinitions.apiextensions.k8s.io',
  'namespaces',
  'storageclasses.storage.k8s.io',
  'volumesnapshotclasses.snapshot.storage.k8s.io',
  'volumesnapshotcontents.snapshot.storage.k8s.io',
  'volumesnapshots.snapshot.storage.k8s.io',
  'datauploads.velero.io',
  'persistentvolumes',
  'persistentvolumeclaims',
  'clusterroles.rbac.authorization.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'serviceaccounts',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'secrets',
  'configmaps',
  'limitranges',
  'priorityclasses.scheduling.k8s.io',
  'pods',
  'replicasets.apps',
  'clusterclasses.cluster.x-k8s.io',
  'endpoints',
  'services',
] as const;
const LAST = [
  'clusterbootstraps.run.tanzu.vmware.com',
  'clusters.cluster.x-k8s.io',
  'clusterresourcesets.addons.cluster.x-k8s.io',
  'apps.kappctrl.k14s.io',
  'packageinstalls.packaging.carvel.dev',
] as const;
/** What a cluster makes by itself, or what belongs to the backup itself. */
const NEVER = [
  'nodes',
  'events',
  'events.events.k8s.io',
  'backups.velero.io',
  'restores.velero.io',
  'resticrepositories.velero.io',
  'csinodes.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'backuprepositories.velero.io',
] as const;

/** Whether a kind is restored at all. */
export function isRestored(resource: string): boolean {
  const never: readonly string[] = NEVER;
  return !never.includes(resource);
}

/** Sorts kinds into the order they are restored in: named ones first, then all others by name, then the named last. */
export function inRestoreOrder(resources: readonly string[]): readonly string[] {
  return resources.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}

function rank(resource: string): number {
  const first: readonly string[] = FIRST;
  const last: readonly string[] = LAST;
  if (first.includes(resource)) return first.indexOf(resource);
  return last.includes(resource) ? first.length + 1 + last.indexOf(resource) : first.length;
}
