import { nodePlatform } from '../../../../core/platform/index.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { exportCluster, readExport, writeExport } from '../../../site/cluster/export-cluster.ts';
import { readNames } from '../../../site/names.ts';
import type { StageContext } from '../../stage-context.ts';
import { WORKSPACE } from '../../workspace.ts';

/** Where the exported cluster waits to be written into the new system with the rest of the site. Full of secrets. */
export const EXPORTED_CLUSTER = `${WORKSPACE.directory}/cluster.json`;

/** Asks the cluster who it is, as long as its API is there to answer. */
export const exportClusterStep: Step<StageContext> = {
  name: 'export-cluster',
  summary: "Export the cluster's names, labels, identity and authorities",

  async check({ host, request }) {
    if ((await nodePlatform(host)).cluster === undefined)
      return { done: true, because: 'there is no cluster' };
    const done = (await readExport(host, EXPORTED_CLUSTER))?.exportedFor === request.specHash;
    return { done, because: `the cluster is ${done ? '' : 'not yet '}exported` };
  },

  async apply({ host, request, report }) {
    const { cluster } = await nodePlatform(host);
    if (cluster === undefined) return;
    await report('exporting the cluster');
    const { hostname } = await readNames(host);
    const exported = await exportCluster(host, cluster, hostname);
    await writeExport(host, EXPORTED_CLUSTER, { ...exported, exportedFor: request.specHash });
  },
};
