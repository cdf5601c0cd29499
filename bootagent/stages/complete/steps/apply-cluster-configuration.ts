import { SITE_DIRECTORY } from '../../../../core/contract/paths.ts';
import { readSeedReconfiguration } from '../../../../core/contract/seed-reconfiguration.ts';
import { withClusterClient } from '../../../../core/platform/cluster-client.ts';
import { nodePlatform } from '../../../../core/platform/index.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { applyManifests } from '../../../site/cluster/manifests.ts';
import { setNodeLabels } from '../../../site/cluster/node-labels.ts';
import type { CompleteContext } from '../complete-context.ts';
import { patienceOf } from '../patience.ts';

const MARK = `${SITE_DIRECTORY}/cluster-configured`;

/** The site's own objects in place of the seed's, then its node's labels (lifecycle.md 5.2, rows 21, 22, 26). */
export const applyClusterConfiguration: Step<CompleteContext> = {
  name: 'apply-cluster-configuration',
  summary: "Apply the site's configuration to its cluster",

  async check({ host }) {
    if ((await nodePlatform(host)).cluster === undefined)
      return { done: true, because: 'there is no cluster' };
    const done = (await host.stat(MARK)) !== undefined;
    return { done, because: `the site's configuration is ${done ? '' : 'not yet '}applied` };
  },

  async apply(context) {
    const { host, report, signal } = context;
    const { cluster } = await nodePlatform(host);
    if (cluster === undefined) return;
    await report("applying the site's configuration to the cluster");
    const site = await readSeedReconfiguration(host);
    const { nodeName } = await cluster.readFacts(host);
    // the API has only just become ready: what it refuses now it may grant in a moment
    const patiently = await patienceOf(context);
    await withClusterClient(host, cluster, async (client) => {
      await applyManifests(host, client, patiently);
      await setNodeLabels(host, client, nodeName, site.node_labels, signal, patiently);
    });
    await host.writeAtomic(MARK, '');
  },
};
