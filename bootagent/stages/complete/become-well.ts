import type { HealthReport, Tier } from '../../health/health-check.ts';
import { nodeHealthChecks } from '../../health/node-checks.ts';
import { failuresText } from '../../health/run-health-checks.ts';
import { waitForHealth } from '../../health/wait-for-health.ts';
import { StageError } from '../stage-error.ts';
import { MESSAGES } from '../state-machine/messages.ts';
import type { CompleteContext } from './complete-context.ts';

const PAUSE_MS = 2_000;
/** Most of a node's workloads are up long before; what is left of the deadline is kept for the way back. */
const MOST_SETTLE_SECONDS = 600;

/**
 * Waits until the new system is well, in the documented words.
 *
 * @throws StageError `unhealthy` when the time to settle is over
 */
export async function becomeWell(
  { host, pivot, report, signal }: CompleteContext,
  tier: 'all' | Tier,
): Promise<HealthReport> {
  const last = await waitForHealth(host, () => nodeHealthChecks(host), {
    settleMs: Math.min(MOST_SETTLE_SECONDS, pivot.timeoutSeconds / 2) * 1000,
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
