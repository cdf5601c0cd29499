import { familyOf } from '../../../core/tools/ip.ts';
import { blocker, type DoctorCheck, fine, warning } from '../doctor-check.ts';
import { nodeAddresses } from '../node-addresses.ts';

/**
 * Seed and node speak the same IP versions, in the same order: a cluster cannot change its own, and its first boot
 * would refuse. A node without a cluster keeps its own connections, and only its workloads may miss one.
 */
export const ipFamily: DoctorCheck = {
  name: 'ip-family',
  async look({ host, seed }) {
    const info = (await seed())?.info;
    if (info === undefined) return fine('no seed is asked for');
    const theirs = info.node_ips.length > 0 ? families(info.node_ips) : (info.lca?.ip_families ?? []);
    if (theirs.length === 0) return fine('the seed does not say which IP versions it had');
    const ours = families(await nodeAddresses(host));
    const detail = `the seed node had ${spoken(theirs)}, this one has ${spoken(ours)}`;
    if (info.node_ips.length > 0) {
      if (ours.join() === theirs.join()) return fine(`both have ${spoken(ours)}`);
      return blocker(detail, `Use a seed from a node with ${spoken(ours)}.`);
    }
    if (theirs.every((family) => ours.includes(family)))
      return fine(`this node has what the seed had: ${spoken(theirs)}`);
    return warning(
      detail,
      `Use a seed from a node with ${spoken(ours)}, or give this one a default route of each version.`,
    );
  },
};

function families(addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((address) => familyOf(address) ?? []);
}

function spoken(versions: readonly string[]): string {
  const names = versions.map((family) => (family === 'ipv4' ? 'IPv4' : 'IPv6'));
  return names.length === 0 ? 'no address' : names.join(' and ');
}
