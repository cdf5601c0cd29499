import { listIfKnown } from '../../../core/platform/cluster-client.ts';
import {
  BACKUP_STORAGE_LOCATION,
  DATA_PROTECTION_APPLICATION,
  SECRET,
} from '../../../core/tools/kubernetes/known-types.ts';
import type { KubernetesClient } from '../../../core/tools/kubernetes/kubernetes-client.ts';
import type { KubernetesObject } from '../../../core/tools/kubernetes/kubernetes-object.ts';
import { type Json, listAt, mappingAt, textAt } from '../resources/json.ts';
import type { PlannedObject } from './velero-plan.ts';

/** Fields of metadata that belong to the cluster they come from. */
const KEPT = ['name', 'namespace', 'labels', 'annotations'] as const;

/**
 * What Velero needs in the new cluster to find its backups again: the DataProtectionApplication, locations that none
 * made, and the Secrets that they name, Secrets first (backup-restore.md 1.6).
 */
export async function exportConfiguration(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly PlannedObject[]> {
  const applications = await listIfKnown(client, DATA_PROTECTION_APPLICATION);
  const locations = (await listIfKnown(client, BACKUP_STORAGE_LOCATION)).filter(
    ({ metadata }) => !listAt(metadata, 'ownerReferences').some((owner) => owner['kind'] === DPA),
  );
  const secrets = new Map<string, PlannedObject>();
  const wanted = [
    ...applications.flatMap((each) =>
      listAt(each, 'spec', 'backupLocations').flatMap((location) =>
        named(each, mappingAt(location, 'velero')),
      ),
    ),
    ...locations.flatMap((each) => named(each, mappingAt(each, 'spec'))),
  ];
  for (const { name, namespace } of wanted) {
    const secret = await client.get(SECRET, { name, namespace }, { signal });
    if (secret !== undefined) secrets.set(`${namespace}/${name}`, cleaned(secret));
  }
  return [...secrets.values(), ...applications.map(cleaned), ...locations.map(cleaned)];
}

const DPA = 'DataProtectionApplication';

/** The Secrets that a location names: its credentials, and the authority it trusts. */
function named(
  { metadata }: KubernetesObject,
  location: Json | undefined,
): readonly { readonly name: string; readonly namespace: string }[] {
  const names = [
    textAt(location, 'credential', 'name'),
    textAt(location, 'objectStorage', 'caCertRef', 'name'),
  ];
  return names.filter((name) => name !== '').map((name) => ({ name, namespace: metadata.namespace ?? '' }));
}

/** The object as it can be made in another cluster. */
function cleaned(object: KubernetesObject): PlannedObject {
  const { metadata } = object;
  const kept = Object.fromEntries(KEPT.filter((key) => key in metadata).map((key) => [key, metadata[key]]));
  const rest = Object.fromEntries(Object.entries(object).filter(([field]) => field !== 'status'));
  const { apiVersion, kind } = object;
  const { name, namespace = '' } = metadata;
  return { ...rest, apiVersion, kind, metadata: { ...kept, name, namespace } };
}
