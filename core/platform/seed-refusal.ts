import { z } from 'zod';
import {
  CLUSTER_SERVICE_VERSION,
  CUSTOM_RESOURCE_DEFINITION,
  DATA_PROTECTION_APPLICATION,
  LOCAL_VOLUME,
  LVM_CLUSTER,
  NAMESPACE,
  PERSISTENT_VOLUME,
} from '../tools/kubernetes/known-types.ts';
import type { KubernetesClient } from '../tools/kubernetes/kubernetes-client.ts';
import type { ResourceType } from '../tools/kubernetes/kubernetes-object.ts';
import { listIfKnown } from './cluster-client.ts';

const KLUSTERLETS = 'klusterlets.operator.open-cluster-management.io';
const ADDON_NAMESPACE = /^open-cluster-management-addon-/;
const OADP_NAMESPACE = 'openshift-adp';
const LEAST_OADP = [1, 3, 1] as const;

/** What must not be in a cluster that becomes a seed; texts are upstream's (seed-image.md 1.5). */
const NOT_IN_A_SEED: readonly { readonly type: ResourceType; readonly refusal: string }[] = [
  {
    type: PERSISTENT_VOLUME,
    refusal: 'Rejected: Cluster must not have any Persistent Volumes configured',
  },
  { type: LOCAL_VOLUME, refusal: 'Rejected: Cluster must not have any LocalVolumes configured' },
  { type: LVM_CLUSTER, refusal: 'Rejected: Cluster must not have any LVMClusters configured' },
  {
    type: DATA_PROTECTION_APPLICATION,
    refusal: 'Rejected: Cluster must not have any DataProtectionApplication resources configured',
  },
];

const versioned = z.looseObject({ spec: z.looseObject({ version: z.string() }) });

/** Why no seed can be made of a cluster. */
export interface SeedRefusal {
  readonly message: string;
  readonly remedy: string;
}

/** Asks a cluster whether it can become a seed: it must not be managed by a hub, nor hold data of its node. */
export async function seedRefusal(client: KubernetesClient): Promise<SeedRefusal | undefined> {
  if ((await client.get(CUSTOM_RESOURCE_DEFINITION, { name: KLUSTERLETS })) !== undefined) {
    return {
      message: 'Rejected: Cluster must be detached from hub prior to seed generation',
      remedy:
        'Delete the ManagedCluster on the hub, and wait until the klusterlet is gone from this cluster.',
    };
  }
  const addons = (await client.list(NAMESPACE)).items
    .map(({ metadata }) => metadata.name)
    .filter((name) => ADDON_NAMESPACE.test(name));
  if (addons.length > 0) {
    return {
      message: `Rejected due to presence of ACM addon(s): ${addons.join(', ')}`,
      remedy: 'Remove the add-ons from the hub, or delete these namespaces.',
    };
  }
  for (const { type, refusal } of NOT_IN_A_SEED) {
    const [first] = await listIfKnown(client, type);
    if (first === undefined) continue;
    const { name, namespace } = first.metadata;
    const where = namespace === undefined ? '' : ` --namespace ${namespace}`;
    return { message: refusal, remedy: `Delete it first: kubectl delete ${type.plural}${where} ${name}` };
  }
  return oldOadp(client);
}

/** An older OADP would not restore on targets what this seed's cluster backs up. */
async function oldOadp(client: KubernetesClient): Promise<SeedRefusal | undefined> {
  const installed = await listIfKnown(client, CLUSTER_SERVICE_VERSION, { namespace: OADP_NAMESPACE });
  const old = installed.find((operator) => {
    const version = versioned.safeParse(operator).data?.spec.version ?? '';
    return operator.metadata.name.includes('oadp-operator') && isOlder(version);
  });
  return (
    old && {
      message: 'Rejected: Cluster must have OADP version >= 1.3.1',
      remedy: `Upgrade it, or remove it: ${OADP_NAMESPACE}/${old.metadata.name}`,
    }
  );
}

function isOlder(version: string): boolean {
  const numbers = version.split(/[.+-]/).slice(0, 3).map(Number);
  for (const [index, least] of LEAST_OADP.entries()) {
    const number = numbers[index] ?? 0;
    if (number !== least) return !(number > least);
  }
  return false;
}
