import type { Host } from '../../../core/host/host.ts';
import { siteItems } from '../../site/items.ts';
import { matchPaths } from '../../site/match-paths.ts';
import { blocker, type DoctorCheck, fine } from '../doctor-check.ts';

/** What a seed carries in it and an upgrade cannot change: FIPS mode; and what only looks like it: a proxy. */
export const fipsAndProxy: DoctorCheck = {
  name: 'fips-and-proxy',
  async look({ host, seed }) {
    const found = await seed();
    if (found === null) return fine('no seed is asked for');
    const fips = (await host.readText('/proc/sys/crypto/fips_enabled'))?.trim() === '1';
    if (fips !== found.info.has_fips) {
      return blocker(
        `FIPS mode is ${onOff(fips)} here and ${onOff(found.info.has_fips)} in the seed`,
        'Use a seed from a node with the same FIPS mode.',
      );
    }
    const proxy = await hasProxy(host);
    // a cluster's proxy is in its state; a node without one takes its own along
    const isCluster = found.info.node_ips.length > 0;
    if (isCluster && proxy !== found.info.has_proxy) {
      return blocker(
        `a proxy is ${proxy ? '' : 'not '}configured here, but ${found.info.has_proxy ? '' : 'not '}in the seed`,
        'Use a seed from a node that has a proxy where this one has; the proxy itself may be another.',
      );
    }
    return fine(`FIPS mode is ${onOff(fips)} in both; the proxy is the site's own`);
  },
};

/** Whether anything that the site takes along sets a proxy. */
async function hasProxy(host: Host): Promise<boolean> {
  const patterns = siteItems(false).find(({ name }) => name === 'proxy-files')?.paths ?? [];
  const files = (await Promise.all(patterns.map((pattern) => matchPaths(host, pattern)))).flat();
  for (const path of ['/etc/environment', ...files]) {
    if (/\b(?:https?|all)_proxy["']?\s*=\s*["']?[^\s"']/i.test((await host.readText(path)) ?? ''))
      return true;
  }
  return false;
}

function onOff(on: boolean): string {
  return on ? 'on' : 'off';
}
