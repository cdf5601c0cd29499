import { z } from 'zod';
import { messageOf } from '../../../../core/errors/lca-error.ts';
import type { Host } from '../../../../core/host/host.ts';
import { nodePlatform, type Workload } from '../../../../core/platform/index.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { storesHostPaths } from '../../../backup/check-content.ts';
import type { StageContext } from '../../stage-context.ts';
import { StageError } from '../../stage-error.ts';
import { unmark, WORKSPACE } from '../../workspace.ts';

const RECORD = `${WORKSPACE.directory}/stopped-workloads.json`;
const WORKLOADS = z.array(z.object({ kind: z.enum(['unit', 'container']), name: z.string() }));

/** Stops what writes to the data that is carried over or backed up. What was running is on record, to be started if Upgrade fails. */
export const stopWorkloads: Step<StageContext> = {
  name: 'stop-workloads',
  summary: 'Stop workloads, so that their data is copied at rest',

  async check({ host, request }) {
    if (request.carryOver.length === 0 && !(await storesHostPaths(host, request)))
      return { done: true, because: 'no data is carried over or backed up' };
    const running = await (await nodePlatform(host)).runningWorkloads(host);
    const done = running.length === 0;
    return { done, because: done ? 'no workload is running' : `${running.length} workloads are running` };
  },

  async apply({ host, report }) {
    const platform = await nodePlatform(host);
    const running = await platform.runningWorkloads(host);
    // those that an earlier, interrupted run has stopped are to be started too
    const earlier = await readRecord(host);
    const known = new Map(
      [...earlier, ...running].map((workload) => [`${workload.kind} ${workload.name}`, workload]),
    );
    await host.writeAtomic(RECORD, JSON.stringify([...known.values()]), { mode: 0o600 });
    // what was copied earlier is no longer all there is, if workloads have run since
    await unmark(host, 'carry-over');
    await host.remove(WORKSPACE.backups);
    await report(`stopping ${running.length} workloads`);
    await platform.stopWorkloads(host, running);
  },

  async undo({ host, note }) {
    const stopped = await readRecord(host);
    // a cluster that runs again is no longer the one that was stored
    if (stopped.length > 0) await host.remove(WORKSPACE.begunBackups);
    for (const { name } of await startAgain(host, stopped)) {
      await note(
        'decision',
        `${name} is not started again: it was removed when it stopped (podman run --rm)`,
      );
    }
    await host.remove(RECORD);
  },
};

/** @returns those that do not exist any more */
async function startAgain(host: Host, stopped: readonly Workload[]): Promise<readonly Workload[]> {
  try {
    return await (await nodePlatform(host)).startWorkloads(host, stopped);
  } catch (cause) {
    throw new StageError('not-started', messageOf(cause), {
      cause,
      remedy: `Run lca idle again once it can be started; or start it by hand, remove ${RECORD}, and run lca idle.`,
    });
  }
}

/** Whether this Upgrade has stopped workloads that it has not started again; going to Idle forgets them. */
export async function workloadsAreStopped(host: Host): Promise<boolean> {
  return (await host.stat(RECORD)) !== undefined;
}

async function readRecord(host: Host): Promise<readonly Workload[]> {
  const text = await host.readText(RECORD);
  return text === undefined ? [] : WORKLOADS.parse(JSON.parse(text));
}
