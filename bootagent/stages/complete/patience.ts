import { messageOf } from '../../../core/errors/lca-error.ts';
import { askAgain } from '../../../core/tools/kubernetes/ask-again.ts';
import type { Patience } from '../../site/cluster/patience.ts';
import type { CompleteContext } from './complete-context.ts';
import { timeOfTrial } from './time-of-trial.ts';

/**
 * Asks again what a cluster that is only just coming up refuses for now, as long as the trial lasts. A webhook whose pods
 * are not up yet makes the API server answer 500, and controllers that are just starting change objects under one's hands.
 */
export async function patienceOf({ host, pivot, report, signal }: CompleteContext): Promise<Patience> {
  const { until: untilSeconds } = await timeOfTrial(host, pivot);
  const onPassing = (error: unknown): Promise<void> => report(`waiting for the cluster: ${messageOf(error)}`);
  return (question) =>
    askAgain(
      { host, signal, untilSeconds, passing: ['conflict', 'already-exists'], pauseMs: 2_000, onPassing },
      question,
    );
}
