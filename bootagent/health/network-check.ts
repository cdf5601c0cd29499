import { readSiteNetwork, type SiteNetwork } from '../../core/contract/site-network.ts';
import type { Host } from '../../core/host/host.ts';
import { FAMILY_NAMES } from '../../core/tools/ip.ts';
import { readNetwork } from '../site/network.ts';
import type { HealthCheck } from './health-check.ts';

/**
 * The new system can be reached as the old one could: a seed with another network service, or a kernel without the
 * driver, would otherwise be found well and leave the node where nobody gets at it.
 */
export function networkCheck(host: Host): HealthCheck {
  return {
    name: 'built-in/network',
    weight: 'required',
    tier: 'mandatory',
    async look() {
      const before = await readSiteNetwork(host);
      if (before === undefined) return { well: true, detail: 'the old system left no note of its network' };
      const missing = missingOf(before, await readNetwork(host));
      const well = missing.length === 0;
      return { well, detail: well ? 'the node can be reached as before' : missing.join(', ') };
    },
  };
}

function missingOf(before: SiteNetwork, now: SiteNetwork): readonly string[] {
  const addresses = before.addressed.filter((family) => !now.addressed.includes(family));
  const routes = before.routed.filter((family) => !now.routed.includes(family));
  return [
    ...addresses.map((family) => `no ${FAMILY_NAMES[family]} address, which the old system had`),
    ...routes.map((family) => `no default route for ${FAMILY_NAMES[family]}, which the old system had`),
  ];
}
