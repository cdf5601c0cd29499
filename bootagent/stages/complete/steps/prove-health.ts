import type { Step } from '../../../../core/sequence/step.ts';
import { slowestText } from '../../../health/run-health-checks.ts';
import { becomeWell } from '../become-well.ts';
import type { CompleteContext } from '../complete-context.ts';

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
    const report = await becomeWell(context, 'all');
    for (const { name, weight, well, detail } of report.results) {
      if (!well && weight === 'wanted')
        await context.note('health', `wanted health check ${name} failed: ${detail}`);
    }
    await context.note('health', `${report.results.length} health checks, slowest: ${slowestText(report)}`);
    context.proven.healthy = true;
  },
};
