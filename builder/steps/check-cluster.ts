import { listIfKnown, withClusterClient } from '../../core/platform/cluster-client.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import type { Step } from '../../core/sequence/step.ts';
import {
  CUSTOM_RESOURCE_DEFINITION,
  DATA_PROTECTION_APPLICATION,
  LOCAL_VOLUME,
  LVM_CLUSTER,
  NAMESPACE,
  PERSISTENT_VOLUME,
} from '../../core/tools/kubernetes/known-types.ts';
import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import type { ResourceType } from '../../core/tools/kubernetes/kubernetes-object.ts';
import { BuilderError } from '../builder-error.ts';
import type { SeedContext } from '../seed-context.ts';

const KLUSTERLETS = 'klusterlets.operator.open-cluster-management.io';
const ADDON_NAMESPACE = /^open-cluster-management-addon-/;

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

/** Refuses a cluster that is still managed by a hub, or that holds data of this node, before anything is touched. */
export const checkCluster: Step<SeedContext> = {
  name: 'check-cluster',
  summary: 'Check that the cluster can become a seed',

  async check({ host, findings }) {
    if ((await nodePlatform(host)).cluster === undefined)
      return { done: true, because: 'there is no cluster' };
    const done = findings.isClusterFit === true;
    return { done, because: done ? 'nothing in it speaks against it' : 'it has not been asked yet' };
  },

  async apply({ host, findings }) {
    const { cluster } = await nodePlatform(host);
    if (cluster !== undefined) await withClusterClient(host, cluster, refuse);
    findings.isClusterFit = true;
  },
};

async function refuse(client: KubernetesClient): Promise<void> {
  if ((await client.get(CUSTOM_RESOURCE_DEFINITION, { name: KLUSTERLETS })) !== undefined) {
    throw new BuilderError(
      'cluster-refused',
      'Rejected: Cluster must be detached from hub prior to seed generation',
      {
        remedy:
          'Delete the ManagedCluster on the hub, and wait until the klusterlet is gone from this cluster.',
      },
    );
  }
  const addons = (await client.list(NAMESPACE)).items
    .map(({ metadata }) => metadata.name)
    .filter((name) => ADDON_NAMESPACE.test(name));
  if (addons.length > 0) {
    throw new BuilderError(
      'cluster-refused',
      `Rejected due to presence of ACM addon(s): ${addons.join(', ')}`,
      {
        remedy: 'Remove the add-ons from the hub, or delete these namespaces.',
      },
    );
  }
  for (const { type, refusal } of NOT_IN_A_SEED) {
    const [first] = await listIfKnown(client, type);
    if (first === undefined) continue;
    const { name, namespace } = first.metadata;
    const where = namespace === undefined ? '' : ` --namespace ${namespace}`;
    throw new BuilderError('cluster-refused', refusal, {
      remedy: `Delete it first: kubectl delete ${type.plural}${where} ${name}`,
    });
  }
}
