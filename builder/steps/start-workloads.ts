import type { Step } from '../../core/sequence/step.ts';
import { restoreNode } from '../quiet-record.ts';
import type { SeedContext } from '../seed-context.ts';

/** Starts again what was stopped: everything that can change has been saved. */
export const startWorkloads: Step<SeedContext> = {
  name: 'start-workloads',
  summary: 'Start the workloads again',

  async check({ findings }) {
    return {
      done: findings.isQuiet === false,
      because: findings.isQuiet === false ? 'they run again' : 'they are stopped until /var is saved',
    };
  },

  async apply({ host, findings }) {
    await restoreNode(host);
    findings.isQuiet = false;
  },
};
