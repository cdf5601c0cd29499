import { KUBECONFIG_PATH } from '../../core/contract/paths.ts';
import type { Host } from '../../core/host/host.ts';

const NODE_KUBECONFIGS = '/etc/kubernetes/static-pod-resources/kube-apiserver-certs/secrets/node-kubeconfigs';

/**
 * Where to look for a kubeconfig, in this order: one that the node's owner made for lca, with the least rights
 * (images/bundle/README.md); OpenShift's for its own node; kubeadm's; MicroShift's.
 */
const PLACES = [
  KUBECONFIG_PATH,
  `${NODE_KUBECONFIGS}/lb-ext.kubeconfig`,
  `${NODE_KUBECONFIGS}/localhost.kubeconfig`,
  '/etc/kubernetes/admin.conf',
  '/var/lib/microshift/resources/kubeadmin/kubeconfig',
] as const;

/** The kubeconfig through which this node's Kubernetes API is reached; undefined on a node without a cluster. */
export async function findKubeconfig(host: Host): Promise<string | undefined> {
  for (const path of PLACES) if ((await host.stat(path)) !== undefined) return path;
  return undefined;
}
