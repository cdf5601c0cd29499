import { proxyLines } from '../../site/proxy-environment.ts';
import { blocker, type DoctorCheck, fine, warning } from '../doctor-check.ts';

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
    const proxy = proxyLines((await host.readText('/etc/environment')) ?? '').length > 0;
    if (proxy !== found.info.has_proxy && found.info.lca === null) {
      return warning(
        `a proxy is ${proxy ? '' : 'not '}configured here, but ${found.info.has_proxy ? '' : 'not '}in the seed`,
        'Use a seed from a node that is configured alike.',
      );
    }
    return fine(`FIPS mode is ${onOff(fips)} in both; the proxy is the site's own`);
  },
};

function onOff(on: boolean): string {
  return on ? 'on' : 'off';
}
