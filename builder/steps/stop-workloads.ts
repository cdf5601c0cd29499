import { nodePlatform } from '../../core/platform/index.ts';
import type { Step } from '../../core/sequence/step.ts';
import { ownContainer } from '../own-container.ts';
import { writeQuietRecord } from '../quiet-record.ts';
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
    const platform = await nodePlatform(host);
    const running = await platform.runningWorkloads(host);
    const own = running.length === 0 ? undefined : await ownContainer(host, request.ownProcess);
    const workloads = running.filter(({ name }) => own?.names.includes(name) !== true);
    await writeQuietRecord(host, workloads);
    await platform.stopWorkloads(host, workloads);
    findings.isQuiet = true;
  },
};
