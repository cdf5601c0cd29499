import type { Host } from '../host/host.ts';
import type { ClusterFacts } from './cluster.ts';
import { hostPlatform } from './host.ts';
import { kubernetesPlatform } from './kubernetes/kubernetes.ts';
import type { Platform } from './platform.ts';

export type { Platform, PlatformCheck, Workload } from './platform.ts';

/** Asked in this order; a plain host is what remains. */
const KNOWN: readonly Platform[] = [kubernetesPlatform, hostPlatform];

/** The kind of node this is. */
export async function nodePlatform(host: Host): Promise<Platform> {
  for (const platform of KNOWN) {
    if (await platform.detect(host)) return platform;
  }
  return hostPlatform;
}

/** Whether the node has a Kubernetes API. */
export async function hasCluster(host: Host): Promise<boolean> {
  const api = await (await nodePlatform(host)).kubernetesApi(host);
  api?.close();
  return api !== null;
}

/** The id of each image in the node's store by every name it can be asked for. */
export async function imageIds(host: Host): Promise<ReadonlyMap<string, string>> {
  return (await (await nodePlatform(host)).imageStore(host)).ids();
}

/** What files say of the node's cluster; undefined where it has none. */
export async function clusterFacts(host: Host): Promise<ClusterFacts | undefined> {
  return (await nodePlatform(host)).cluster?.readFacts(host);
}
