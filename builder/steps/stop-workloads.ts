import { nodePlatform } from '../../core/platform/index.ts';
import type { Step } from '../../core/sequence/step.ts';
import { writeQuietRecord } from '../quiet-record.ts';
import { runningWorkloads } from '../running-workloads.ts';
import type { SeedContext } from '../seed-context.ts';

/** Stops what writes to /var for the node's owner. What it was is on disk before anything stops. */
export const stopWorkloads: Step<SeedContext> = {
  name: 'stop-workloads',
  summary: 'Stop the workloads, so that /var is consistent',

  async check({ findings }) {
    return {
      done: findings.isQuiet === true,
      because: findings.isQuiet ? 'nothing runs' : 'workloads may be running',
    };
  },

  async apply({ host, request, findings }) {
    const workloads = await runningWorkloads(host, request.ownProcess);
    await writeQuietRecord(host, workloads);
    await (await nodePlatform(host)).stopWorkloads(host, workloads);
    findings.isQuiet = true;
  },
};
