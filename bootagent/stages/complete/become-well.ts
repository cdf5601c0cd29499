import type { HealthReport, Tier } from '../../health/health-check.ts';
import { networkCheck } from '../../health/network-check.ts';
import { nodeHealthChecks } from '../../health/node-checks.ts';
import { failuresText } from '../../health/run-health-checks.ts';
import { waitForHealth } from '../../health/wait-for-health.ts';
import { StageError } from '../stage-error.ts';
import { MESSAGES } from '../state-machine/messages.ts';
import type { CompleteContext } from './complete-context.ts';
import { timeOfTrial } from './time-of-trial.ts';

const PAUSE_MS = 2_000;

/**
 * Waits until the new system is well, in the documented words, for as long as its trial takes.
 *
 * @throws StageError `unhealthy` when its time is over
 */
export async function becomeWell(
  { host, pivot, report, signal }: CompleteContext,
  tier: 'all' | Tier,
): Promise<HealthReport> {
  const { until, lastLookSeconds } = await timeOfTrial(host, pivot);
  const checks = async () => [networkCheck(host), ...(await nodeHealthChecks(host))];
  const last = await waitForHealth(host, checks, {
    settleMs: (until - (await host.uptimeSeconds())) * 1000,
    lastLookMs: lastLookSeconds * 1000,
    pauseMs: PAUSE_MS,
    tier,
    signal,
    onUnhealthy: (found) => {
      const { waiting, waitingForAll } = MESSAGES.upgrade;
      const early = found.results.every((result) => result.tier === 'mandatory');
      return report((early ? waiting : waitingForAll)(failuresText(found)));
    },
  });
  if (last.healthy) return last;
  throw new StageError('unhealthy', failuresText(last), {
    remedy:
      'Find out with the evidence why the check fails on the new system, and prepare a seed that passes it.',
  });
}
