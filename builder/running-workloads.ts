import type { Host } from '../core/host/host.ts';
import { nodePlatform, type Workload } from '../core/platform/index.ts';
import { ownContainer } from './own-container.ts';

/**
 * What runs on the node and can be stopped for it: everything but the container that lca itself runs in.
 *
 * @param ownProcess lca's own process, as the node counts
 */
export async function runningWorkloads(host: Host, ownProcess: number): Promise<readonly Workload[]> {
  const running = await (await nodePlatform(host)).runningWorkloads(host);
  const own = running.length === 0 ? undefined : await ownContainer(host, ownProcess);
  return running.filter(({ name }) => own?.names.includes(name) !== true);
}
