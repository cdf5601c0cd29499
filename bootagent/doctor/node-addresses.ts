import type { Host } from '../../core/host/host.ts';
import { familyOf, primaryAddresses } from '../../core/tools/ip.ts';

/** Where OpenShift nodes keep the addresses that were chosen for kubelet; the first that exists counts. */
const CHOSEN = [
  '/run/nodeip-configuration/primary-ip',
  '/etc/systemd/system/kubelet.service.d/20-nodenet.conf',
] as const;

/**
 * The addresses by which the node is known, primary first: those chosen for kubelet, else those its default routes
 * use.
 */
export async function nodeAddresses(host: Host): Promise<readonly string[]> {
  for (const path of CHOSEN) {
    const text = (await host.readText(path)) ?? '';
    const words = /KUBELET_NODE_IPS?=([^"'\n]+)/.exec(text)?.[1] ?? text;
    const addresses = words.split(/[\s,]+/).filter((word) => familyOf(word) !== undefined);
    if (addresses.length > 0) return addresses;
  }
  return (await primaryAddresses(host)).map(({ address }) => address);
}
