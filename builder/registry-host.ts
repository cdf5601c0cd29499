import { join } from 'node:path';
import type { Host } from '../core/host/host.ts';

const SKOPEO = ['/usr/bin/skopeo', '/usr/local/bin/skopeo'] as const;

/** Where skopeo is to run: on the node if it has one (and the auth file), else here in the container. */
export async function registryHost(node: Host, here: Host, authfile: string | undefined): Promise<Host> {
  const hasSkopeo = await Promise.all(SKOPEO.map(async (path) => (await node.stat(path)) !== undefined));
  const hasAuth = authfile === undefined || (await node.stat(authfile)) !== undefined;
  return hasSkopeo.includes(true) && hasAuth ? node : here;
}

/** The layout's path as commands of the registry host see it. */
export function layoutFor(node: Host, registry: Host, layout: string): string {
  return registry === node ? node.machinePath(layout) : join(node.root, layout);
}
