import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { HostError } from '../host/host-error.ts';

/** `ip` of iproute2, JSON output (ip(8), `-json`). */

export const IP_FAMILIES = ['ipv4', 'ipv6'] as const;
export type IpFamily = (typeof IP_FAMILIES)[number];

/** An address of the machine that others can reach. */
export interface MachineAddress {
  readonly address: string;
  readonly family: IpFamily;
  /** Bits of the network it lies in. */
  readonly prefixLength: number;
  /** `eth0` */
  readonly device: string;
}

const ADDRESSES = z.array(
  z.object({
    ifname: z.string().optional(),
    addr_info: z.array(z.object({ local: z.string().optional(), prefixlen: z.int().default(0) })).optional(),
  }),
);
const ROUTES = z.array(
  z.object({
    /** Only of routes that lead nowhere, such as `unreachable`. */
    type: z.string().default('unicast'),
    dev: z.string().optional(),
    prefsrc: z.string().optional(),
    /** `linkdown`: no cable. */
    flags: z.array(z.string()).default([]),
  }),
);
type Route = z.output<typeof ROUTES>[number];
/** Not there in a kernel without it (kernel parameter `ipv6.disable`). */
const IPV6 = '/proc/sys/net/ipv6';
const FLAG = { ipv4: '-4', ipv6: '-6' } as const;

/** The family of an address; undefined for what is none. */
export function familyOf(address: string): IpFamily | undefined {
  return ({ 4: 'ipv4', 6: 'ipv6' } as const)[isIP(address)];
}

/** Whether an address lies in a network in CIDR notation; false for what is none. */
export function isInNetwork(address: string, cidr: string): boolean {
  const [network = '', length] = cidr.split('/');
  const family = familyOf(network);
  const prefix = Number(length);
  if (family === undefined || familyOf(address) !== family) return false;
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > (family === 'ipv4' ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(address, family);
}

/** Addresses of global scope, by interface; none where there is no `ip`. */
export async function machineAddresses(host: Host): Promise<readonly MachineAddress[]> {
  const links = ADDRESSES.parse(await ask(host, ['address', 'show', 'scope', 'global'], 'list addresses'));
  return links.flatMap(({ ifname = '', addr_info = [] }) =>
    addr_info.flatMap(({ local = '', prefixlen }) => {
      const family = familyOf(local);
      return family === undefined
        ? []
        : [{ address: local, family, prefixLength: prefixlen, device: ifname }];
    }),
  );
}

/** The addresses by which the machine is known to others: of each family, the one its default route uses; IPv4 first. */
export async function primaryAddresses(host: Host): Promise<readonly MachineAddress[]> {
  const all = await machineAddresses(host);
  const found: MachineAddress[] = [];
  for (const family of IP_FAMILIES) {
    const [route] = await defaultRoutes(host, family);
    if (route === undefined) continue;
    const ours = all.filter((address) => address.family === family && address.device === route.dev);
    const chosen = ours.find(({ address }) => address === route.prefsrc) ?? ours[0];
    if (chosen !== undefined) found.push(chosen);
  }
  return found;
}

/** The IP versions in which the machine has a way to everywhere: a default route over a device that is up. */
export async function routedFamilies(host: Host): Promise<readonly IpFamily[]> {
  const routed: IpFamily[] = [];
  for (const family of IP_FAMILIES) {
    const routes = await defaultRoutes(host, family);
    if (routes.some(({ flags }) => !flags.includes('linkdown'))) routed.push(family);
  }
  return routed;
}

async function defaultRoutes(host: Host, family: IpFamily): Promise<readonly Route[]> {
  // switched off at boot (`ipv6.disable=1`), the kernel refuses the question, or answers it for another family
  if (family === 'ipv6' && (await host.stat(IPV6)) === undefined) return [];
  const words = [FLAG[family], 'route', 'show', 'default'];
  const routes = ROUTES.parse(await ask(host, words, `find the default route of ${family}`));
  return routes.filter(({ type }) => type === 'unicast');
}

async function ask(host: Host, words: readonly string[], description: string): Promise<unknown> {
  try {
    const { stdout } = await host.run(['ip', '-json', ...words], { description, timeoutMs: 60_000 });
    return stdout.trim() === '' ? [] : JSON.parse(stdout);
  } catch (error) {
    if (error instanceof HostError && error.code === 'command-missing') return [];
    throw error;
  }
}
