import type { Step } from '../../../core/sequence/step.ts';
import type { BootContext } from '../boot-context.ts';

/** Loaded only on nodes with a cluster: it is half of the program, and the rest of the boot waits for this one. */
const reissuing = (): Promise<typeof import('../reissue-cluster.ts')> => import('../reissue-cluster.ts');

/**
 * Makes the seed's cluster this site's: new crypto under the site's names and addresses, valid from now on, and the
 * site's own authorities, so that its kubeconfigs stay valid. Killed anywhere, it is brought to its end with the very same
 * keys.
 */
export const reissueCrypto: Step<BootContext> = {
  name: 'reissue-crypto',
  summary: "Re-issue the cluster's crypto with the site's names",

  async check({ host, site, attempt }) {
    if (site.lca.cluster === null) return { done: true, because: 'there is no cluster' };
    const done = await (await reissuing()).isClusterReissued(host, attempt);
    return { done, because: `the cluster's crypto is ${done ? '' : 'not yet '}the site's` };
  },

  async apply({ host, site, attempt }) {
    await (await reissuing()).reissueCluster(host, site, attempt);
  },
};
