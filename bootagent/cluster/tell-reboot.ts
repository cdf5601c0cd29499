import { readClusterDoor } from '../../core/contract/cluster-door.ts';
import type { Host } from '../../core/host/host.ts';
import { EVENT, IMAGE_BASED_UPGRADE } from '../../core/tools/kubernetes/known-types.ts';
import { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';

/** A node does not stay up for an event. */
const MOST_MS = 10_000;

/**
 * Tells the cluster that the node is about to reboot, as an event of its ImageBasedUpgrade (type Normal, reason `Reboot`;
 * lifecycle.md 2.6). Does nothing where there is no such resource.
 *
 * @throws KubernetesError
 */
export async function tellReboot(
  host: Host,
  kubeconfig: string,
  message: string,
  signal: AbortSignal,
): Promise<void> {
  const door = await readClusterDoor(host);
  if (door === undefined) return;
  const client = await KubernetesClient.fromKubeconfig(host, kubeconfig);
  try {
    const now = host.now();
    const time = now.toISOString().replace(/\.\d+/, '');
    const { apiVersion, kind } = IMAGE_BASED_UPGRADE;
    const event = {
      apiVersion: EVENT.apiVersion,
      kind: EVENT.kind,
      // events of things that have no namespace lie in this one
      metadata: { name: `${door.name}.${now.getTime().toString(16)}`, namespace: 'default' },
      involvedObject: { apiVersion, kind, name: door.name, uid: door.uid },
      type: 'Normal',
      reason: 'Reboot',
      message,
      source: { component: 'ImageBasedUpgrade' },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    };
    await client.create(EVENT, event, { signal: AbortSignal.any([signal, AbortSignal.timeout(MOST_MS)]) });
  } finally {
    client.close();
  }
}
