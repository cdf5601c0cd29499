import type { Step } from '../../../core/sequence/step.ts';
import { whenApiAnswers } from '../../backup/cluster-api.ts';
import type { StageContext } from '../stage-context.ts';

const PATIENCE_MS = 10 * 60_000;

/**
 * A step that asks the cluster, and waits when its API is away for a moment: a control plane restarts by itself now and
 * then, nothing has been touched yet, and giving up would cost the site another Prep.
 */
export function outlastingOutages(step: Step<StageContext>): Step<StageContext> {
  return {
    ...step,
    async apply(context) {
      const { host, signal, report } = context;
      await whenApiAnswers(host, PATIENCE_MS, signal, async (isFirst) => {
        if (!isFirst) await report("waiting for the cluster's API");
        await step.apply(context);
      });
    },
  };
}
