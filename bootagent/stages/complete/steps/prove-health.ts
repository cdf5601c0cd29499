import type { Step } from '../../../../core/sequence/step.ts';
import { nodeHealthChecks } from '../../../health/node-checks.ts';
import { failuresText, slowestText } from '../../../health/run-health-checks.ts';
import { waitForHealth } from '../../../health/wait-for-health.ts';
import { StageError } from '../../stage-error.ts';
import { MESSAGES } from '../../state-machine/messages.ts';
import type { CompleteContext } from '../complete-context.ts';

const PAUSE_MS = 2_000;
/** Most of a node's workloads are up long before; what is left of the deadline is kept for the way back. */
const MOST_SETTLE_SECONDS = 600;

/** The new system has to prove itself: everything required must be well within the time to settle. */
export const proveHealth: Step<CompleteContext> = {
  name: 'prove-health',
  summary: 'Wait until the new system is well',

  async check({ proven }) {
    return {
      done: proven.healthy,
      because: `the new system ${proven.healthy ? 'is' : 'has not yet been found'} well`,
    };
  },

  async apply(context) {
    const { host, pivot, report, signal } = context;
    const last = await waitForHealth(host, () => nodeHealthChecks(host), {
      settleMs: Math.min(MOST_SETTLE_SECONDS, pivot.timeoutSeconds / 2) * 1000,
      pauseMs: PAUSE_MS,
      signal,
      onUnhealthy: (found) => {
        const { waiting, waitingForAll } = MESSAGES.upgrade;
        const early = found.results.every(({ tier }) => tier === 'mandatory');
        return report((early ? waiting : waitingForAll)(failuresText(found)));
      },
    });
    for (const { name, weight, well, detail } of last.results) {
      if (!well && weight === 'wanted')
        await context.note('health', `wanted health check ${name} failed: ${detail}`);
    }
    await context.note('health', `${last.results.length} health checks, slowest: ${slowestText(last)}`);
    if (!last.healthy) {
      throw new StageError('unhealthy', failuresText(last), {
        remedy:
          'Find out with the evidence why the check fails on the new system, and prepare a seed that passes it.',
      });
    }
    context.proven.healthy = true;
  },
};
