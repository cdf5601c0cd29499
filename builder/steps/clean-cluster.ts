import { SEED_SNAPSHOT_PATH } from '../../core/contract/paths.ts';
import type { Host } from '../../core/host/host.ts';
import { listIfKnown, withClusterClient } from '../../core/platform/cluster-client.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import type { Step } from '../../core/sequence/step.ts';
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  CUSTOM_RESOURCE_DEFINITION,
  IMAGE_BASED_UPGRADE,
  NAMESPACE,
  POD,
  SECRET,
  SEED_GENERATOR,
} from '../../core/tools/kubernetes/known-types.ts';
import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import type { ObjectName, ResourceType } from '../../core/tools/kubernetes/kubernetes-object.ts';
import { BuilderError } from '../builder-error.ts';
import type { SeedContext } from '../seed-context.ts';

const POLL_MS = 5_000;
const GONE_MS = 15 * 60_000;

/** What a hub that managed this cluster has left in it (seed-image.md 1.6, step 4). */
const HUB_DEFINITION = /\.open-cluster-management\.io$/;
const HUB_NAMESPACE = /^open-cluster-management-agent/;
const HUB_OBJECTS: readonly (readonly [ResourceType, ObjectName])[] = [
  [NAMESPACE, { name: 'assisted-installer' }],
  [CLUSTER_ROLE, { name: 'klusterlet' }],
  [CLUSTER_ROLE, { name: 'klusterlet-bootstrap-kubeconfig' }],
  [CLUSTER_ROLE, { name: 'open-cluster-management:klusterlet-admin-aggregate-clusterrole' }],
  [CLUSTER_ROLE_BINDING, { name: 'klusterlet' }],
  [SECRET, { name: 'observability-alertmanager-accessor', namespace: 'openshift-monitoring' }],
];

/** lca's own requests: a target has its own (step 8). What they say is on disk, and is put back by the agent. */
const OWN_OBJECTS: readonly (readonly [ResourceType, ObjectName])[] = [
  [SECRET, { name: 'seedgen', namespace: 'openshift-lifecycle-agent' }],
  [SEED_GENERATOR, { name: 'seedimage' }],
  [IMAGE_BASED_UPGRADE, { name: 'upgrade' }],
];

/**
 * Removes what belongs to this cluster's past and to no target: leftovers of the hub, whose certificates could not be
 * re-issued either, pods that have ended, and requests to lca.
 */
export const cleanCluster: Step<SeedContext> = {
  name: 'clean-cluster',
  summary: 'Remove leftovers of a hub, ended pods and requests to lca from the cluster',

  async check({ host, findings }) {
    if ((await nodePlatform(host)).cluster === undefined)
      return { done: true, because: 'there is no cluster' };
    const done = findings.isClusterClean === true;
    return { done, because: done ? 'nothing of them is left' : 'it has not been cleaned yet' };
  },

  async apply({ host, findings, signal }) {
    const { cluster } = await nodePlatform(host);
    if (cluster !== undefined) {
      // the agent would make again what is removed here; until the workloads are started again it does not
      await host.writeAtomic(SEED_SNAPSHOT_PATH, '', { mode: 0o600 });
      await withClusterClient(host, cluster, (client) => clean(host, client, signal));
    }
    findings.isClusterClean = true;
  },
};

async function clean(host: Host, client: KubernetesClient, signal: AbortSignal): Promise<void> {
  await removeAndWait(host, client, CUSTOM_RESOURCE_DEFINITION, HUB_DEFINITION, signal);
  await removeAndWait(host, client, NAMESPACE, HUB_NAMESPACE, signal);
  for (const [type, name] of [...HUB_OBJECTS, ...OWN_OBJECTS]) await client.remove(type, name);
  for (const { metadata, ...pod } of await listIfKnown(client, POD)) {
    const { phase } = (pod['status'] ?? {}) as { phase?: string };
    if (phase !== 'Succeeded' && phase !== 'Failed') continue;
    await client.remove(POD, { name: metadata.name, namespace: metadata.namespace });
  }
}

async function removeAndWait(
  host: Host,
  client: KubernetesClient,
  type: ResourceType,
  pattern: RegExp,
  signal: AbortSignal,
): Promise<void> {
  const remaining = async (): Promise<readonly string[]> =>
    (await client.list(type)).items.map(({ metadata }) => metadata.name).filter((name) => pattern.test(name));
  let names = await remaining();
  for (const name of names) await client.remove(type, { name });
  for (let waited = 0; names.length > 0; waited += POLL_MS) {
    if (waited >= GONE_MS) {
      throw new BuilderError('cluster-refused', `These ${type.plural} do not go away: ${names.join(', ')}.`, {
        remedy: 'See which finalizers they wait for: kubectl get … -o yaml',
      });
    }
    await host.sleep(waited === 0 ? 0 : POLL_MS, signal);
    names = await remaining();
  }
}
