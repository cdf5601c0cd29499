import { VALIDATION_WARNING } from '../../core/contract/annotations.ts';
import { editRequest, removeAnnotations } from '../../core/contract/edit-request.ts';
import { JOURNAL_PATH, REQUEST_PATH } from '../../core/contract/paths.ts';
import { messageOf, remedyOf } from '../../core/errors/lca-error.ts';
import { Journal } from '../../core/sequence/journal.ts';
import { nodeHealthChecks } from '../health/node-checks.ts';
import { failuresText } from '../health/run-health-checks.ts';
import { waitForHealth } from '../health/wait-for-health.ts';
import type { CleanUpContext } from '../stages/idle/clean-up-context.ts';
import { givenUp } from '../stages/idle/given-up.ts';
import { CLEAN_UP } from '../stages/idle/plan.ts';
import { removeBackups } from '../stages/idle/steps/remove-backups.ts';
import { removeImages } from '../stages/idle/steps/remove-images.ts';
import { removeWorkspace } from '../stages/idle/steps/remove-workspace.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { cleanedUp, cleanUpFailed, finalizeWaits } from '../stages/state-machine/outcomes.ts';
import type { AgentContext } from './agent-context.ts';
import { runStageSequence } from './run-stage-sequence.ts';
import { stageContextOf } from './stage-context-of.ts';
import { takeBackUpgrade } from './take-back-upgrade.ts';
import type { TaskOptions } from './work.ts';
import { withWritableSystem } from './writable-system.ts';

const HEALTH_PAUSE_MS = 20_000;

/** What has to be known for these to be tried again lies in the workspace. */
const KEEPING_RECORDS = [removeBackups.name, removeImages.name];

/**
 * The way to Idle. Every step is tried even if an earlier one failed; the errors are told together. Records of what is
 * still to be done outlive the failure.
 */
export async function cleanUp(options: TaskOptions, kind: 'abort' | 'finalize'): Promise<void> {
  const { agent, signal } = options;
  const { host, store } = agent;
  if (kind === 'finalize') await waitUntilWell(agent, signal);
  const { report, note } = stageContextOf(options);
  const context: CleanUpContext = { host, report, note, signal, ...(await givenUp(host, store.current)) };
  const errors: unknown[] = [];
  /** @returns whether it went well */
  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      errors.push(error);
      return false;
    }
  };
  let keepsRecords = false;
  await withWritableSystem(host, async () => {
    // called off before its reboot, it has stopped workloads and armed the boot loader
    if (kind === 'abort') keepsRecords = !(await attempt(() => takeBackUpgrade(options)));
    for (const step of CLEAN_UP.steps) {
      if (step === removeWorkspace && keepsRecords) continue;
      const sequence = { name: CLEAN_UP.name, steps: [step] };
      const isDone = await attempt(() =>
        runStageSequence(agent, sequence, context, { key: step.name, signal, undoOnFailure: false }),
      );
      if (!isDone && KEEPING_RECORDS.includes(step.name)) keepsRecords = true;
    }
  });
  // not the upgrade's: what of it could not be taken back is tried again next time
  for (const name of ['prep', 'rollback', 'complete']) {
    await attempt(() => new Journal(host, JOURNAL_PATH).close(name));
  }
  await attempt(async () => {
    if ((await host.readText(REQUEST_PATH))?.includes(VALIDATION_WARNING))
      await editRequest(host, [removeAnnotations([VALIDATION_WARNING])]);
  });
  const [first] = errors;
  if (first === undefined) {
    await store.update(cleanedUp);
    return;
  }
  const failure = { step: 'clean-up', evidence: [], remedy: remedyOf(first) ?? null };
  await store.update((status, now) => cleanUpFailed(status, errors.map(messageOf), failure, now));
}

/** Finalizing removes the way back, so the node has to be well first; there is no limit to the wait. */
async function waitUntilWell({ host, store }: AgentContext, signal: AbortSignal): Promise<void> {
  await waitForHealth(host, () => nodeHealthChecks(host), {
    settleMs: Number.MAX_SAFE_INTEGER,
    pauseMs: HEALTH_PAUSE_MS,
    signal,
    onUnhealthy: (report) =>
      store.update((status, now) => finalizeWaits(status, MESSAGES.idle.waiting(failuresText(report)), now)),
  });
}
