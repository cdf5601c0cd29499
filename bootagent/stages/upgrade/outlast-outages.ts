import { messageOf } from '../../../core/errors/lca-error.ts';
import type { Step } from '../../../core/sequence/step.ts';
import { isOutage } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import { whenApiAnswers } from '../../backup/cluster-api.ts';
import type { StageContext } from '../stage-context.ts';

const PATIENCE_MS = 10 * 60_000;

/**
 * A step that asks the cluster, and waits when its API is away for a moment: a control plane restarts by itself now and
 * then, nothing has been touched yet, and giving up would cost the site another Prep.
 */
export function outlastingOutages(step: Step<StageContext>): Step<StageContext> {
  const applied = new WeakSet<StageContext>();
  const waiting = <Result>(context: StageContext, work: () => Promise<Result>): Promise<Result> =>
    whenApiAnswers(context.host, PATIENCE_MS, context.signal, async (isFirst) => {
      if (!isFirst) await context.report("waiting for the cluster's API");
      return work();
    });
  return {
    ...step,
    async check(context) {
      // after the work only the look may still fail; before it, a plan may be all that is asked for: no reason to wait
      if (applied.has(context)) return waiting(context, () => step.check(context));
      try {
        return await step.check(context);
      } catch (error) {
        if (isOutage(error)) return { done: false, because: messageOf(error) };
        throw error;
      }
    },
    async apply(context) {
      await waiting(context, () => step.apply(context));
      applied.add(context);
    },
  };
}
