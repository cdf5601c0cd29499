import type { Step } from '../../../core/sequence/step.ts';
import { proxyLines, withProxyLines } from '../../site/proxy-environment.ts';
import type { BootContext } from '../boot-context.ts';

const ENVIRONMENT = '/etc/environment';

/** The proxy lines of /etc/environment; its other lines stay the seed's. */
export const setProxyEnvironment: Step<BootContext> = {
  name: 'set-proxy-environment',
  summary: "Set the site's proxy",

  async check({ host, site }) {
    const present = proxyLines((await host.readText(ENVIRONMENT)) ?? '').join('\n');
    const done = present === site.lca.proxy_environment.join('\n');
    return { done, because: `the proxy lines of ${ENVIRONMENT} are ${done ? '' : 'not yet '}the site's` };
  },

  async apply({ host, site }) {
    const text = (await host.readText(ENVIRONMENT)) ?? '';
    await host.writeAtomic(ENVIRONMENT, withProxyLines(text, site.lca.proxy_environment));
  },
};
