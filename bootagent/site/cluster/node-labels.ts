import type { Host } from '../../../core/host/host.ts';
import { NODE } from '../../../core/tools/kubernetes/known-types.ts';
import type { KubernetesClient } from '../../../core/tools/kubernetes/kubernetes-client.ts';
import { KubernetesError } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import { NO_PATIENCE, type Patience } from './patience.ts';

/** Set by the kubelet and the control plane themselves (Kubernetes, "Well-Known Labels"). */
const STANDARD: readonly string[] = [
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'kubernetes.io/arch',
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'node-role.kubernetes.io/control-plane',
  'node-role.kubernetes.io/master',
  'node-role.kubernetes.io/worker',
  'node.openshift.io/os_id',
];

const MOST_WAIT_MS = 5 * 60_000;
const POLL_MS = 1_000;

/** Labels that somebody gave the node. */
export function customLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !STANDARD.includes(name)));
}

/**
 * Gives the node its own labels again; waits for the node to register for up to five minutes.
 *
 * @throws KubernetesError `not-found` if it does not
 */
export async function setNodeLabels(
  host: Host,
  client: KubernetesClient,
  name: string,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
  patiently: Patience = NO_PATIENCE,
): Promise<void> {
  const custom = customLabels(labels);
  if (Object.keys(custom).length === 0) return;
  for (let waited = 0; ; waited += POLL_MS) {
    try {
      await patiently(() => client.patch(NODE, { name }, { metadata: { labels: custom } }));
      return;
    } catch (error) {
      const isMissing = error instanceof KubernetesError && error.code === 'not-found';
      if (!isMissing || waited >= MOST_WAIT_MS) throw error;
      await host.sleep(POLL_MS, signal);
    }
  }
}
