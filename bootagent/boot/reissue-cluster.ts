import type { SeedReconfiguration } from '../../core/contract/seed-reconfiguration.ts';
import type { Host } from '../../core/host/host.ts';
import type { RetainedSigner } from '../../core/platform/cluster.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import { STATE_DIR } from '../../recert/commit/stage.ts';
import { clusterPlaces } from '../../recert/options/cluster-places.ts';
import type { RecertConfig } from '../../recert/options/config.ts';
import { resolveInputs } from '../../recert/options/inputs.ts';
import { recert } from '../../recert/recert.ts';
import { readLedger } from '../../recert/verify/ledger-file.ts';
import { setClusterId } from '../site/cluster/cluster-id.ts';
import { SiteError } from '../site/site-error.ts';

/** Whether the cluster's crypto has been re-issued for an attempt. */
export async function isClusterReissued(host: Host, attempt: string): Promise<boolean> {
  return (await readLedger(host, STATE_DIR))?.runId === attempt;
}

/**
 * Gives the seed's cluster new crypto under the site's names and addresses, with the site's own authorities.
 *
 * @throws SiteError `other-shape`, RecertError
 */
export async function reissueCluster(host: Host, site: SeedReconfiguration, attempt: string): Promise<void> {
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
    // what the seed was called stands in earlier values of its keys, and in etcd's log
    etcd_forget_history: true,
    run_id: attempt,
  };
  await recert(await resolveInputs(config, host), host, {
    renamePlatform: (workspace) => setClusterId(workspace, site.cluster_id),
  });
}

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
