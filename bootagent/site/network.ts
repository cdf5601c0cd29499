import type { SiteNetwork } from '../../core/contract/site-network.ts';
import type { Host } from '../../core/host/host.ts';
import { defaultRoutes, IP_FAMILIES, type IpFamily, machineAddresses } from '../../core/tools/ip.ts';

const DEVICES = '/sys/class/net';
/** A VLAN on a bond below a bridge, and some to spare. */
const MOST_LAYERS = 8;

/**
 * By which IP versions this node can be reached now. Addresses do not count, since DHCP may give others; nor do those of
 * bridges that only containers are on.
 */
export async function readNetwork(host: Host): Promise<SiteNetwork> {
  const routes = await defaultRoutes(host);
  const ways = new Map<string, boolean>();
  for (const { device } of routes) if (device !== undefined) ways.set(device, true);
  const addressed = new Set<IpFamily>();
  for (const { family, device } of await machineAddresses(host)) {
    if (!ways.has(device)) ways.set(device, await leadsOut(host, device));
    if (ways.get(device) === true) addressed.add(family);
  }
  return {
    routed: IP_FAMILIES.filter((family) => routes.some((route) => route.family === family && route.isUp)),
    addressed: IP_FAMILIES.filter((family) => addressed.has(family)),
  };
}

/** Whether a device is hardware, or lies on some: as VLANs, bonds and bridges do (sysfs-class-net, `lower_*`). */
async function leadsOut(host: Host, device: string, layers = MOST_LAYERS): Promise<boolean> {
  const entries = await host.list(`${DEVICES}/${device}`);
  if (entries.includes('device')) return true;
  if (layers === 0) return false;
  for (const entry of entries) {
    if (entry.startsWith('lower_') && (await leadsOut(host, entry.slice('lower_'.length), layers - 1)))
      return true;
  }
  return false;
}
