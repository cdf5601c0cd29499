import type { Host } from '../host/host.ts';
import { hostPlatform } from './host.ts';
import type { Platform } from './platform.ts';

export type { Platform, PlatformCheck, Workload } from './platform.ts';

/** Asked in this order; a plain host is what remains. */
const KNOWN: readonly Platform[] = [hostPlatform];

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
