import { RealHost } from '../core/host/real-host.ts';

/** In a container made with `-v /:/host`, the node is here. */
const NODE_IN_CONTAINER = '/host';

/** The node whose seed is made: this machine, or the one that this process's container runs on. `here` is where it runs. */
export async function seedHost(): Promise<{ readonly host: RealHost; readonly here: RealHost }> {
  const here = new RealHost();
  const inContainer = (await here.stat(`${NODE_IN_CONTAINER}/ostree`)) !== undefined;
  return { here, host: inContainer ? new RealHost({ root: NODE_IN_CONTAINER, enter: 'nsenter' }) : here };
}
