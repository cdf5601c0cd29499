import { clusterFacts } from '../../../core/platform/index.ts';
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
    // of clusters the services' own environment counts, as the seed tells of its; a node without one takes its files along
    const facts = found.info.node_ips.length > 0 ? await clusterFacts(host) : undefined;
    const proxy = facts?.proxy !== undefined;
    if (facts !== undefined && proxy !== found.info.has_proxy) {
      return blocker(
        `a proxy is ${proxy ? '' : 'not '}configured in the environment of this cluster's API server or kubelet, but ${found.info.has_proxy ? '' : 'not '}in the seed's`,
        'Use a seed from a node whose cluster has a proxy where this one has; the proxy itself may be another.',
      );
    }
    return fine(`FIPS mode is ${onOff(fips)} in both; the proxy is the site's own`);
  },
};

function onOff(on: boolean): string {
  return on ? 'on' : 'off';
}
