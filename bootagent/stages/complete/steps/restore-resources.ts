import { readRestorePlan } from '../../../../core/contract/restore-plan.ts';
import { nodePlatform } from '../../../../core/platform/index.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { readVeleroPlan, VELERO_PLAN } from '../../../backup/velero/velero-plan.ts';
import { MESSAGES, RESTORE_STEP } from '../../state-machine/messages.ts';
import type { CompleteContext } from '../complete-context.ts';
import { timeOfTrial } from '../time-of-trial.ts';

/** For what is only not there yet: an API that restarts, an operator's kinds, a bucket beyond a network that comes up. */
const MOST_PATIENCE_SECONDS = 600;

/** Brings back the cluster's objects, after what the new version needs and before the system has to prove itself. */
export const restoreResources: Step<CompleteContext> = {
  name: RESTORE_STEP,
  summary: "Restore the cluster's resources",

  async check({ host }) {
    if ((await readVeleroPlan(host)) !== null)
      return { done: false, because: 'Velero has not restored everything yet' };
    const plan = await readRestorePlan(host);
    if (plan === null) return { done: true, because: 'nothing is to be restored' };
    if ((await nodePlatform(host)).cluster === undefined)
      return { done: true, because: 'there is no cluster' };
    const { resourcesRestoredMark } = await import('../../../backup/carry-out-resource-restores.ts');
    for (const { name, checksums } of plan.waves.flat()) {
      if ((await host.readText(resourcesRestoredMark(name))) !== checksums)
        return { done: false, because: `resources of Restore ${name} are not yet in the cluster` };
    }
    // a crash may come between the last Restore and this
    const { RELEASED_MARK } = await import('../../../backup/restore-from-archives.ts');
    if ((await host.readText(RELEASED_MARK)) !== plan.request)
      return { done: false, because: 'volumes do not have their reclaim policy back yet' };
    return { done: true, because: 'the resources of all Restores are in the cluster' };
  },

  async apply({ host, pivot, report, note, signal }) {
    await report(MESSAGES.upgrade.restoring);
    const patienceMs = Math.min(MOST_PATIENCE_SECONDS, pivot.timeoutSeconds / 2) * 1000;
    const veleros = await readVeleroPlan(host);
    if (veleros !== null) {
      const { restoreWithVelero } = await import('../../../backup/velero/restore-with-velero.ts');
      const { withClusterApi } = await import('../../../backup/cluster-api.ts');
      const { clusterId } = veleros;
      // data takes as long as it takes: without an init monitor nobody sets a limit
      const untilSeconds = pivot.rollback.initMonitor
        ? (await timeOfTrial(host, pivot)).until
        : Number.POSITIVE_INFINITY;
      await withClusterApi(host, signal, (api) =>
        restoreWithVelero({ host, api, report, signal, clusterId, patienceMs, untilSeconds }, veleros),
      );
      await host.remove(VELERO_PLAN); // it holds secrets, and has had its use
      return;
    }
    const plan = await readRestorePlan(host);
    if (plan === null) return;
    const { restoreFromArchives } = await import('../../../backup/restore-from-archives.ts');
    await restoreFromArchives({ host, report, note, signal, patienceMs }, plan);
  },
};
