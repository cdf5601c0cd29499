import { nodePlatform } from '../../../../core/platform/index.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { readBegunBackups } from '../../../backup/begun-backups.ts';
import { backupEngine } from '../../../backup/engine.ts';
import type { StageContext } from '../../stage-context.ts';
import { MESSAGES } from '../../state-machine/messages.ts';

/** Stores the objects of the cluster while its API is there; data at rest joins them once workloads have stopped. */
export const backUpResources: Step<StageContext> = {
  name: 'back-up-resources',
  summary: "Back up the cluster's resources",

  async check({ host, request }) {
    if (request.oadpContent.length === 0) return { done: true, because: 'spec.oadpContent is empty' };
    if ((await nodePlatform(host)).cluster === undefined)
      return { done: true, because: 'there is no cluster' };
    const done = (await readBegunBackups(host, request.specHash)) !== undefined;
    return { done, because: `resources of the cluster are ${done ? '' : 'not yet '}stored` };
  },

  async apply({ host, request, report, signal }) {
    await report(MESSAGES.upgrade.backingUp);
    const engine = await backupEngine(host, request);
    await engine.begin({ host, request, report, signal });
  },
};
