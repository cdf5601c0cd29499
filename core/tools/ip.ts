import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { HostError } from '../host/host-error.ts';

/** `ip` of iproute2, JSON output (ip(8), `-json`). */

export const IP_FAMILIES = ['ipv4', 'ipv6'] as const;
export type IpFamily = (typeof IP_FAMILIES)[number];

/** For people. */
export const FAMILY_NAMES: Readonly<Record<IpFamily, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };

/** An address of the machine that others can reach. */
export interface MachineAddress {
  readonly address: string;
  readonly family: IpFamily;
  /** Bits of the network it lies in. */
  readonly prefixLength: number;
  /** `eth0` */
  readonly device: string;
}

export interface DefaultRoute {
  readonly family: IpFamily;
  /** `eth0`; undefined for one over several devices. */
  readonly device: string | undefined;
  /** The address that packets over it come from, where the route says so. */
  readonly source: string | undefined;
  /** Its device has a carrier. */
  readonly isUp: boolean;
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
  const routes = await defaultRoutes(host);
  return IP_FAMILIES.flatMap((family) => {
    const route = routes.find((one) => one.family === family);
    if (route === undefined) return [];
    const ours = all.filter((address) => address.family === family && address.device === route.device);
    return ours.find(({ address }) => address === route.source) ?? ours[0] ?? [];
  });
}

/** The ways out to everywhere, preferred ones first; IPv4 before IPv6. Those that lead nowhere (`unreachable`) are none. */
export async function defaultRoutes(host: Host): Promise<readonly DefaultRoute[]> {
  const found: DefaultRoute[] = [];
  for (const family of IP_FAMILIES) {
    // switched off at boot (`ipv6.disable=1`), the kernel refuses the question, or answers it for another family
    if (family === 'ipv6' && (await host.stat(IPV6)) === undefined) continue;
    const words = [FLAG[family], 'route', 'show', 'default'];
    const routes = ROUTES.parse(await ask(host, words, `find the default route of ${family}`));
    for (const { type, dev, prefsrc, flags } of routes) {
      if (type === 'unicast')
        found.push({ family, device: dev, source: prefsrc, isUp: !flags.includes('linkdown') });
    }
  }
  return found;
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
