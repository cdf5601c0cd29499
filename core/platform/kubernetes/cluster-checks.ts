import { z } from 'zod';
import type { Host } from '../../host/host.ts';
import { NODE, POD } from '../../tools/kubernetes/known-types.ts';
import type { KubernetesObject } from '../../tools/kubernetes/kubernetes-object.ts';
import type { Cluster } from '../cluster.ts';
import { withClusterClient } from '../cluster-client.ts';
import type { PlatformCheck } from '../platform.ts';
import { COMPONENTS, readControlPlane } from './control-plane.ts';
import { readKubelet } from './kubelet.ts';

const MOST_NAMED = 5;
const SYSTEM = 'kube-system';

const condition = z.object({
  type: z.string(),
  status: z.string(),
  message: z.string().optional(),
  lastHeartbeatTime: z.string().nullish(),
});
const conditions = z.array(condition).nullish();
const NODE_STATUS = z.object({ status: z.object({ conditions }) });
const POD_STATUS = z.object({
  metadata: z.object({
    ownerReferences: z.array(z.object({ kind: z.string() })).nullish(),
    deletionTimestamp: z.string().nullish(),
  }),
  status: z.object({ phase: z.string().optional(), conditions }),
});

/** What tells whether the cluster of a node is well. Each look asks its API anew. */
export function clusterChecks(host: Host, cluster: Cluster): readonly PlatformCheck[] {
  return [
    {
      name: 'built-in/cluster-api',
      weight: 'required',
      tier: 'mandatory',
      async look() {
        const well = await withClusterClient(host, cluster, (client) => client.isReady());
        return { well, detail: `the API is ${well ? '' : 'not '}ready` };
      },
    },
    {
      name: 'built-in/cluster-node',
      weight: 'required',
      tier: 'mandatory',
      async look() {
        const { nodeName } = await cluster.readFacts(host);
        const node = await withClusterClient(host, cluster, (client) => client.get(NODE, { name: nodeName }));
        const bootedAt = host.now().getTime() - (await host.uptimeSeconds()) * 1000;
        return nodeAnswer(nodeName, node, new Date(bootedAt));
      },
    },
    {
      name: 'built-in/control-plane-pods',
      weight: 'required',
      tier: 'mandatory',
      async look() {
        return controlPlaneAnswer(await staticPods(host), await pods(host, cluster));
      },
    },
    podsCheck('built-in/system-pods', 'required', (pod) => pod.metadata.namespace === SYSTEM),
    podsCheck('built-in/workload-pods', 'wanted', (pod) => pod.metadata.namespace !== SYSTEM),
  ];

  function podsCheck(
    name: string,
    weight: PlatformCheck['weight'],
    isMeant: (pod: KubernetesObject) => boolean,
  ): PlatformCheck {
    return {
      name,
      weight,
      tier: 'deferred',
      async look() {
        const unsettled = (await pods(host, cluster)).filter((pod) => isMeant(pod) && !isSettled(pod));
        const names = unsettled.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
        const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
        const well = names.length === 0;
        return {
          well,
          detail: well
            ? 'all pods have settled'
            : `not ready: ${names.slice(0, MOST_NAMED).join(', ')}${more}`,
        };
      },
    };
  }
}

/**
 * A node is well when its kubelet has said so since the node booted, and its network is there. A database that came with
 * a seed, or over a reboot, still holds what a kubelet said before, and its controllers need a minute to doubt it.
 */
export function nodeAnswer(
  name: string,
  node: KubernetesObject | undefined,
  bootedAt: Date,
): { readonly well: boolean; readonly detail: string } {
  if (node === undefined) return { well: false, detail: `the node ${name} has not registered yet` };
  const found = NODE_STATUS.safeParse(node).data?.status.conditions ?? [];
  const ready = found.find(({ type }) => type === 'Ready');
  const offline = found.find(({ type, status }) => type === 'NetworkUnavailable' && status === 'True');
  if (ready?.status !== 'True') {
    return {
      well: false,
      detail: `the node ${name} is not Ready: ${ready?.message ?? 'it has not said yet'}`,
    };
  }
  if (Date.parse(ready.lastHeartbeatTime ?? '') < bootedAt.getTime()) {
    return {
      well: false,
      detail: `the node ${name} was Ready before it booted, and its kubelet has not said so since`,
    };
  }
  if (offline !== undefined)
    return { well: false, detail: `the network of node ${name} is not available: ${offline.message ?? ''}` };
  return { well: true, detail: `the node ${name} is Ready` };
}

/** Whether a pod does what it is there for: it runs and is ready, or has done its work. Jobs are left to themselves. */
export function isSettled(pod: KubernetesObject): boolean {
  const parsed = POD_STATUS.safeParse(pod).data;
  if (parsed === undefined) return false;
  const { metadata, status } = parsed;
  if (status.phase === 'Succeeded' || metadata.deletionTimestamp) return true;
  if (metadata.ownerReferences?.some(({ kind }) => kind === 'Job')) return true;
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return status.phase === 'Running' && ready?.status === 'True';
}

function controlPlaneAnswer(
  expected: readonly string[],
  all: readonly KubernetesObject[],
): { readonly well: boolean; readonly detail: string } {
  const missing = expected.filter(
    (name) =>
      !all.some(
        (pod) =>
          pod.metadata.namespace === SYSTEM && pod.metadata.name.startsWith(`${name}-`) && isSettled(pod),
      ),
  );
  const well = missing.length === 0;
  return { well, detail: well ? 'the control plane runs' : `not ready: ${missing.join(', ')}` };
}

/** Parts of the control plane that run as static pods. */
async function staticPods(host: Host): Promise<readonly string[]> {
  const { manifests } = await readKubelet(host);
  const components = await readControlPlane(host, manifests);
  return COMPONENTS.filter((name) =>
    components.some((component) => component.name === name && component.kind === 'static-pod'),
  );
}

async function pods(host: Host, cluster: Cluster): Promise<readonly KubernetesObject[]> {
  return withClusterClient(host, cluster, async (client) => (await client.list(POD)).items);
}
