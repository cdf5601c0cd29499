import type { Step } from '../../core/sequence/step.ts';
import { putClusterBack } from '../put-cluster-back.ts';
import { startAgain } from '../quiet-record.ts';
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

  async apply({ host, request, findings }) {
    await putClusterBack(host, request.ownProcess);
    await startAgain(host);
    findings.isQuiet = false;
  },
};
