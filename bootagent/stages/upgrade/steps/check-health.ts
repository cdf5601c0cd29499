import type { Step } from '../../../../core/sequence/step.ts';
import { nodeHealthChecks } from '../../../health/node-checks.ts';
import { failuresText, runHealthChecks } from '../../../health/run-health-checks.ts';
import { waitForHealth } from '../../../health/wait-for-health.ts';
import type { StageContext } from '../../stage-context.ts';
import { StageError } from '../../stage-error.ts';
import { MESSAGES } from '../../state-machine/messages.ts';
import { workloadsAreStopped } from './stop-workloads.ts';

const SETTLE_MS = 10 * 60_000;
const PAUSE_MS = 20_000;

/** A sick node is not upgraded; it gets some time to become well. */
export const checkHealth: Step<StageContext> = {
  name: 'check-health',
  summary: 'Check that the node is well',

  async check({ host }) {
    // an Upgrade that goes on after a restart of the agent was found well, and has itself stopped what would be missed
    if (await workloadsAreStopped(host))
      return { done: true, because: 'the workloads of a node that was well are stopped already' };
    const report = await runHealthChecks(await nodeHealthChecks(host));
    if (report.healthy)
      return { done: true, because: `${report.results.length} health checks say the node is well` };
    return { done: false, because: failuresText(report) };
  },

  async apply({ host, report, signal }) {
    const last = await waitForHealth(host, () => nodeHealthChecks(host), {
      settleMs: SETTLE_MS,
      pauseMs: PAUSE_MS,
      signal,
      onUnhealthy: (found) => report(MESSAGES.upgrade.waitingBeforePivot(failuresText(found))),
    });
    if (last.healthy) return;
    throw new StageError('unhealthy', failuresText(last), {
      remedy: 'Make the node well, then go through Idle to Prep.',
    });
  },
};
