import type { Host } from '../host/host.ts';
import { type ClusterAccess, readKubeconfig } from '../tools/kubernetes/kubeconfig.ts';
import { KubernetesClient } from '../tools/kubernetes/kubernetes-client.ts';
import { KubernetesError } from '../tools/kubernetes/kubernetes-error.ts';
import type { KubernetesObject, ResourceType } from '../tools/kubernetes/kubernetes-object.ts';
import type { Cluster } from './cluster.ts';

/**
 * Works with the API of the node's own cluster as its administrator.
 *
 * @throws KubernetesError `bad-kubeconfig` where there is no administrator's kubeconfig
 */
export async function withClusterClient<Result>(
  host: Host,
  cluster: Cluster,
  work: (client: KubernetesClient, access: ClusterAccess) => Promise<Result>,
): Promise<Result> {
  const path = await cluster.adminKubeconfig(host);
  if (path === undefined) {
    throw new KubernetesError('bad-kubeconfig', "There is no administrator's kubeconfig on this node.", {
      remedy: 'Put one at /etc/kubernetes/admin.conf, as kubeadm does.',
    });
  }
  const access = await readKubeconfig(host, path);
  const client = new KubernetesClient(access);
  try {
    return await work(client, access);
  } finally {
    client.close();
  }
}

/** All objects of a type, or those in a namespace; none where the cluster does not have the type. */
export async function listIfKnown(
  client: KubernetesClient,
  type: ResourceType,
  options: { readonly namespace?: string } = {},
): Promise<readonly KubernetesObject[]> {
  try {
    return (await client.list(type, options)).items;
  } catch (error) {
    if (error instanceof KubernetesError && error.code === 'not-found') return [];
    throw error;
  }
}
