import { clusterFacts } from '../../../core/platform/index.ts';
import { FAMILY_NAMES, familyOf, type IpFamily } from '../../../core/tools/ip.ts';
import { blocker, type DoctorCheck, fine, warning } from '../doctor-check.ts';
import { nodeAddresses } from '../node-addresses.ts';

/**
 * Seed and node speak the same IP versions. Of two clusters their nodes' own addresses count, in their order: neither
 * can change, and the first boot would refuse. Otherwise the default routes of both count: the node keeps its own
 * connections, and only its workloads may miss one.
 */
export const ipFamily: DoctorCheck = {
  name: 'ip-family',
  async look({ host, seed }) {
    const info = (await seed())?.info;
    if (info === undefined) return fine('no seed is asked for');
    const facts = info.node_ips.length > 0 ? await clusterFacts(host) : undefined;
    if (facts !== undefined) {
      const [theirs, ours] = [families(info.node_ips), families(facts.nodeIps)];
      if (ours.join() === theirs.join()) return fine(`both clusters have ${spoken(ours)}`);
      return blocker(
        `the seed's cluster had ${spoken(theirs)}, this one has ${spoken(ours)}`,
        `Use a seed from a node whose cluster has ${spoken(ours)}.`,
      );
    }
    const theirs = info.lca?.ip_families ?? families(info.node_ips);
    if (theirs.length === 0) return fine('the seed does not say which IP versions it had');
    const ours = families(await nodeAddresses(host));
    if (theirs.every((family) => ours.includes(family)))
      return fine(`this node has what the seed had: ${spoken(theirs)}`);
    return warning(
      `the seed node had ${spoken(theirs)}, this one has ${spoken(ours)}`,
      `Use a seed from a node with ${spoken(ours)}, or give this one a default route of each version.`,
    );
  },
};

function families(addresses: readonly string[]): readonly IpFamily[] {
  return addresses.flatMap((address) => familyOf(address) ?? []);
}

function spoken(versions: readonly IpFamily[]): string {
  const names = versions.map((family) => FAMILY_NAMES[family]);
  return names.length === 0 ? 'no address' : names.join(' and ');
}
