import { type Pivot, type PivotFailure, readPivot } from '../../core/contract/pivot.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import { isDefault } from '../pivot/commit.ts';
import { fallBack } from '../pivot/fall-back.ts';
import { LAST_PIVOT_PATH } from '../pivot/record.ts';
import type { CompleteContext } from '../stages/complete/complete-context.ts';
import { COMPLETE } from '../stages/complete/plan.ts';
import { rollbackExpiration } from '../stages/complete/rollback-expiration.ts';
import { CONFIRMED } from '../stages/complete/steps/commit.ts';
import { startPhase } from '../stages/state-machine/history.ts';
import {
  failed,
  saying,
  stayedForDebugging,
  upgradeCompleted,
  withRollbackExpiration,
} from '../stages/state-machine/outcomes.ts';
import { failureOf } from './failure-of.ts';
import { runStageSequence } from './run-stage-sequence.ts';
import { stageContextOf } from './stage-context-of.ts';
import type { TaskOptions } from './work.ts';
import { withWritableSystem } from './writable-system.ts';

/** In the new stateroot: proves it, commits to it and reports; or goes back. */
export async function completeUpgrade(options: TaskOptions): Promise<void> {
  const { agent, signal } = options;
  const { host, store } = agent;
  await store.update((status, now) => startPhase(status, 'Upgrade', 'PostPivot', now));
  await tellRollbackExpiration(options);
  const { pivot } = await readPivot(host);
  if (pivot === null) return settleWithoutRecord(options);
  if (pivot.state === 'failed' && pivot.failure !== null) return stay(options, pivot.failure);
  if (pivot.state === 'booted' || pivot.state === 'armed') return bootAgentDied(options, pivot);
  try {
    const context = stageContextOf(options);
    const report = async (text: string) => {
      await context.report(text);
      await store.update((status, now) => saying(status, 'Upgrade', text, now));
    };
    await withWritableSystem(host, () =>
      runStageSequence(
        agent,
        COMPLETE,
        { ...context, report, pivot, proven: proven(pivot.state === 'committing') },
        { key: pivot.nonce, signal, undoOnFailure: false },
      ),
    );
    await agent.store.update(upgradeCompleted);
  } catch (error) {
    if (signal.aborted) throw error;
    const failure = failureOf(error);
    await give(options, pivot, {
      trigger: 'upgrade-completion',
      step: failure.step,
      reason: failure.message,
      evidence: [...failure.evidence],
      remedy: failure.remedy,
      at: host.now().toISOString(),
    });
  }
}

/** Tells until when there is a way back, once; an upgrade does not fail because that cannot be found out. */
async function tellRollbackExpiration({ agent: { host, store, log } }: TaskOptions): Promise<void> {
  const original = store.current.lca.stateroots?.original;
  if (original === undefined || store.current.rollbackAvailabilityExpiration !== null) return;
  try {
    const expires = await rollbackExpiration(host, original);
    if (expires !== undefined) await store.update((status) => withRollbackExpiration(status, expires));
  } catch (error) {
    log.warn(`it cannot be told until when stateroot ${original} can be gone back to: ${messageOf(error)}`);
  }
}

/** A commit that was begun had been proven; everything else is looked at again. */
function proven(committing: boolean): CompleteContext['proven'] {
  return { api: committing, essentials: committing, healthy: committing };
}

/** The agent was stopped between the commit and the report, or the record is lost. */
async function settleWithoutRecord(options: TaskOptions): Promise<void> {
  const { host, store, blackBox } = options.agent;
  const { pivot } = await readPivot(host, LAST_PIVOT_PATH);
  if (pivot?.state === 'committed' || (await isDefault(host))) {
    await blackBox.record({ kind: 'pivot', message: CONFIRMED });
    return store.update(upgradeCompleted);
  }
  await store.update((status, now) =>
    failed(
      status,
      'Upgrade',
      {
        step: 'none',
        message: 'The record of the attempt is lost, so the new stateroot cannot be confirmed',
        evidence: [],
        remedy: 'Set stage Rollback to return to the old stateroot.',
      },
      now,
    ),
  );
}

/** lca-boot.service has ended without a word: killed, or never run. */
async function bootAgentDied(options: TaskOptions, pivot: Pivot): Promise<void> {
  await give(options, pivot, {
    trigger: 'post-reboot-config',
    step: 'boot',
    reason: 'the boot agent ended without having configured the new stateroot',
    evidence: [`state of the attempt: ${pivot.state}`],
    remedy: 'See "journalctl -u lca-boot.service" of that boot.',
    at: options.agent.host.now().toISOString(),
  });
}

async function give(options: TaskOptions, pivot: Pivot, failure: PivotFailure): Promise<void> {
  const { host, blackBox } = options.agent;
  await fallBack(host, blackBox, pivot, failure, options.signal);
  await stay(options, failure);
}

async function stay({ agent }: TaskOptions, failure: PivotFailure): Promise<void> {
  await agent.store.update((status, now) => stayedForDebugging(status, failure, now));
}
