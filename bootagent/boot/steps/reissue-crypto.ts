import type { SeedReconfiguration } from '../../../core/contract/seed-reconfiguration.ts';
import type { RetainedSigner } from '../../../core/platform/cluster.ts';
import { nodePlatform } from '../../../core/platform/index.ts';
import type { Step } from '../../../core/sequence/step.ts';
import { STATE_DIR } from '../../../recert/commit/stage.ts';
import { clusterPlaces } from '../../../recert/options/cluster-places.ts';
import type { RecertConfig } from '../../../recert/options/config.ts';
import { resolveInputs } from '../../../recert/options/inputs.ts';
import { recert } from '../../../recert/recert.ts';
import { readLedger } from '../../../recert/verify/ledger-file.ts';
import { setClusterId } from '../../site/cluster/cluster-id.ts';
import { SiteError } from '../../site/site-error.ts';
import type { BootContext } from '../boot-context.ts';

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
    const done = (await readLedger(host, STATE_DIR))?.runId === attempt;
    return { done, because: `the cluster's crypto is ${done ? '' : 'not yet '}the site's` };
  },

  async apply({ host, site, attempt }) {
    const { cluster } = await nodePlatform(host);
    if (cluster === undefined) {
      throw new SiteError('other-shape', 'The site has a Kubernetes cluster, but the seed has none.', {
        remedy: 'Use a seed that was made of a node with a cluster.',
      });
    }
    const config: RecertConfig = {
      ...clusterPlaces(await cluster.readCryptoPlaces(host)),
      ...retained(site, await cluster.readRetainedSigners(host)),
      hostname: site.hostname.toLowerCase(),
      ip: [...site.node_ips],
      extend_expiration: true,
      run_id: attempt,
    };
    await recert(await resolveInputs(config, host), host, {
      renamePlatform: (workspace) => setClusterId(workspace, site.cluster_id),
    });
  },
};

/**
 * The site's authorities in place of the seed's: key and certificate, by what they sign. A seed's authority of another
 * name takes the site's name, since clients look for the name too.
 */
function retained({ lca }: SeedReconfiguration, ofSeed: readonly RetainedSigner[]): RecertConfig {
  const keys: string[] = [];
  const certificates: string[] = [];
  const names: string[] = [];
  for (const signer of ofSeed) {
    const own = lca.cluster?.signers.find(({ roles }) => roles.some((role) => signer.roles.includes(role)));
    if (own === undefined) continue;
    keys.push(`${signer.commonName}\n${own.private_key}`);
    if (signer.commonName !== own.common_name) names.push(`${signer.commonName},${own.common_name}`);
    // word for word, unless the seed's certificates hold the seed's other names
    else if (!certificates.includes(own.certificate)) certificates.push(own.certificate);
  }
  return { use_key_rules: keys, use_cert_rules: certificates, cn_san_replace_rules: names };
}
