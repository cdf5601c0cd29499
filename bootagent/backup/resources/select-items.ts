import type { Restore } from '../../../core/contract/velero/restore.ts';
import { archivedTypes } from './archived-types.ts';
import { matchesLabels, type NamedType, passes, resolved } from './filters.ts';
import { type Json, listAt, mappingAt, textAt } from './json.ts';
import { inRestoreOrder, isRestored } from './restore-order.ts';

/** Items of one kind, in the order they are restored in. */
export interface SelectedItems {
  readonly resource: string;
  readonly items: readonly Json[];
}

/**
 * What of an archive a Restore takes, in Velero's order. Cluster-scoped items come if all namespaces are asked for, or
 * if something that is taken needs them: a claim its volume, a pod its priority class, a custom resource its definition
 * (backup-restore.md 3.7).
 */
export function selectItems(
  archive: ReadonlyMap<string, readonly Json[]>,
  spec: Restore['spec'],
  types: readonly NamedType[],
): readonly SelectedItems[] {
  // a kind that the archive itself brings is not served yet, and may be named as if it were
  const known = [...types, ...archivedTypes(archive)];
  const included = resolved(spec.includedResources, known);
  const excluded = resolved(spec.excludedResources, known);
  const isWanted = (resource: string) => isRestored(resource) && passes(included, excluded, resource);
  const allNamespaces = spec.includedNamespaces.length === 0 || spec.includedNamespaces.includes('*');
  const takesCluster = spec.includeClusterResources ?? allNamespaces;
  const inNamespace = (item: Json, resource: string): boolean => {
    const namespace =
      resource === 'namespaces' ? textAt(item, 'metadata', 'name') : textAt(item, 'metadata', 'namespace');
    if (namespace === '') return takesCluster;
    return passes(spec.includedNamespaces, spec.excludedNamespaces, namespace);
  };
  const labelled = (item: Json): boolean =>
    matchesLabels(spec, (mappingAt(item, 'metadata', 'labels') ?? {}) as Record<string, string>);
  const taken = new Map<string, Set<Json>>();
  for (const [resource, items] of archive) {
    if (!isWanted(resource)) continue;
    taken.set(resource, new Set(items.filter((item) => inNamespace(item, resource) && labelled(item))));
  }
  if (spec.includeClusterResources !== false) addRelated(archive, taken, isWanted);
  return inRestoreOrder([...taken.keys()])
    .map((resource) => ({ resource, items: [...(taken.get(resource) ?? [])] }))
    .filter(({ items }) => items.length > 0);
}

function addRelated(
  archive: ReadonlyMap<string, readonly Json[]>,
  taken: Map<string, Set<Json>>,
  isWanted: (resource: string) => boolean,
): void {
  const add = (resource: string, name: string, namespace = ''): void => {
    if (name === '' || !isWanted(resource)) return;
    const item = archive
      .get(resource)
      ?.find(
        ({ metadata }) => textAt(metadata, 'name') === name && textAt(metadata, 'namespace') === namespace,
      );
    if (item !== undefined) taken.set(resource, (taken.get(resource) ?? new Set()).add(item));
  };
  for (const pod of taken.get('pods') ?? []) {
    add('priorityclasses.scheduling.k8s.io', textAt(pod, 'spec', 'priorityClassName'));
    for (const volume of listAt(pod, 'spec', 'volumes')) {
      const claim = textAt(volume, 'persistentVolumeClaim', 'claimName');
      add('persistentvolumeclaims', claim, textAt(pod, 'metadata', 'namespace'));
    }
  }
  for (const claim of taken.get('persistentvolumeclaims') ?? [])
    add('persistentvolumes', textAt(claim, 'spec', 'volumeName'));
  for (const [resource, items] of [...taken]) {
    if (items.size > 0) add('customresourcedefinitions.apiextensions.k8s.io', resource);
  }
}

/** Volumes that a cluster provisions anew, since it would delete them with their claims (3.9). */
export function provisionedAnew(archive: ReadonlyMap<string, readonly Json[]>): ReadonlySet<string> {
  const volumes = archive.get('persistentvolumes') ?? [];
  return new Set(
    volumes
      .filter((volume) => textAt(volume, 'spec', 'persistentVolumeReclaimPolicy') === 'Delete')
      .map((volume) => textAt(volume, 'metadata', 'name')),
  );
}
