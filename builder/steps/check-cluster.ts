import { withClusterClient } from '../../core/platform/cluster-client.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import { seedRefusal } from '../../core/platform/seed-refusal.ts';
import type { Step } from '../../core/sequence/step.ts';
import { BuilderError } from '../builder-error.ts';
import type { SeedContext } from '../seed-context.ts';

/** Refuses a cluster that is still managed by a hub, or that holds data of this node, before anything is touched. */
export const checkCluster: Step<SeedContext> = {
  name: 'check-cluster',
  summary: 'Check that the cluster can become a seed',

  async check({ host, findings }) {
    if ((await nodePlatform(host)).cluster === undefined)
      return { done: true, because: 'there is no cluster' };
    const done = findings.isClusterFit === true;
    return { done, because: done ? 'nothing in it speaks against it' : 'it has not been asked yet' };
  },

  async apply({ host, findings }) {
    const { cluster } = await nodePlatform(host);
    const refusal = cluster && (await withClusterClient(host, cluster, seedRefusal));
    if (refusal !== undefined)
      throw new BuilderError('cluster-refused', refusal.message, { remedy: refusal.remedy });
    findings.isClusterFit = true;
  },
};
