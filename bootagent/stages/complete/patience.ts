import { messageOf } from '../../../core/errors/lca-error.ts';
import { isOutage, KubernetesError } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import type { Patience } from '../../site/cluster/patience.ts';
import type { CompleteContext } from './complete-context.ts';
import { timeOfTrial } from './time-of-trial.ts';

const PAUSE_MS = 2_000;

/**
 * Asks again what a cluster that is only just coming up refuses for now, as long as the trial lasts. A webhook whose pods
 * are not up yet makes the API server answer 500, and controllers that are just starting change objects under one's hands.
 * Time counts on the boot clock: a first boot may be when the wall clock is set.
 */
export async function patienceOf({ host, pivot, report, signal }: CompleteContext): Promise<Patience> {
  const { until } = await timeOfTrial(host, pivot);
  return async (question) => {
    for (;;) {
      try {
        return await question();
      } catch (error) {
        signal.throwIfAborted();
        if (!passes(error) || (await host.uptimeSeconds()) + PAUSE_MS / 1000 > until) throw error;
        await report(`waiting for the cluster: ${messageOf(error)}`);
        await host.sleep(PAUSE_MS, signal);
      }
    }
  };
}

function passes(error: unknown): boolean {
  if (isOutage(error)) return true;
  return error instanceof KubernetesError && ['conflict', 'already-exists'].includes(error.code);
}
