import { nodePlatform } from '../../../core/platform/index.ts';
import type { Step } from '../../../core/sequence/step.ts';
import { reloadUnits } from '../../../core/tools/systemctl.ts';
import { type ProxyChange, proxyChanges } from '../../site/cluster/proxy-changes.ts';
import type { BootContext } from '../boot-context.ts';

/** The site's proxy for the control plane, the kubelet and the runtime, wherever the seed has told them of its own. */
export const setClusterProxy: Step<BootContext> = {
  name: 'set-cluster-proxy',
  summary: "Set the site's proxy for the cluster's programs",

  async check(context) {
    const [first] = await changes(context);
    if (first !== undefined) return { done: false, because: `${first.path} names the seed's proxy` };
    return { done: true, because: "no file of the cluster names another proxy than the site's" };
  },

  async apply(context) {
    const { host } = context;
    const all = await changes(context);
    for (const { path, text } of all) await host.writeAtomic(path, text);
    if (all.some(({ isUnit }) => isUnit)) await reloadUnits(host);
  },
};

async function changes({ host, site }: BootContext): Promise<readonly ProxyChange[]> {
  // that both have one or none has been seen to before the upgrade
  if (site.lca.cluster === null || site.proxy === null) return [];
  const { cluster } = await nodePlatform(host);
  return cluster === undefined ? [] : proxyChanges(host, await cluster.readProxyPlaces(host), site.proxy);
}
