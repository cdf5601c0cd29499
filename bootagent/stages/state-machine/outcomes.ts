import type { PivotFailure } from '../../../core/contract/pivot.ts';
import type { Stage } from '../../../core/contract/stage.ts';
import type { LastFailure, Progress, Status } from '../../../core/contract/status.ts';
import { COMPLETED, conditionOf, IN_PROGRESS, setCondition } from './conditions.ts';
import { completePhase, completeStage } from './history.ts';
import { MESSAGES, rollbackCause, stayedCause } from './messages.ts';
import { atRest } from './transition.ts';

/** What went wrong in a stage, as the step's error tells it. */
export interface Failure {
  /** The step's name; `none` where no step was running. */
  readonly step: string;
  readonly message: string;
  readonly evidence: readonly string[];
  readonly remedy: string | null;
}

type Worked = Exclude<Stage, 'Idle'>;

/** Says what a stage is doing. Changes nothing once the stage is no longer in progress. */
export function saying(status: Status, stage: Worked, message: string, now: Date): Status {
  if (conditionOf(status, IN_PROGRESS[stage])?.status !== 'True') return status;
  return setCondition(status, IN_PROGRESS[stage], { status: 'True', reason: 'InProgress', message }, now);
}

/** Says what cleaning up waits for: the node's health, before finalizing. */
export function finalizeWaits(status: Status, message: string, now: Date): Status {
  return setCondition(status, 'Idle', { status: 'False', reason: 'Finalizing', message }, now);
}

/** Where the running sequence is; null when none runs. */
export function withProgress(status: Status, progress: Progress | null): Status {
  return { ...status, lca: { ...status.lca, progress } };
}

export function prepCompleted(status: Status, message: string, now: Date): Status {
  const closed = completeStage(completePhase(status, 'Prep', 'Precache', now), 'Prep', now);
  return completed(closed, 'Prep', MESSAGES.prep.inProgressEnded, message, now);
}

export function upgradeCompleted(status: Status, now: Date): Status {
  const closed = completeStage(completePhase(status, 'Upgrade', 'PostPivot', now), 'Upgrade', now);
  return completed(closed, 'Upgrade', MESSAGES.upgrade.completed, MESSAGES.upgrade.completed, now);
}

/** The original stateroot is booted again, as the user wished. */
export function rollbackCompleted(status: Status, now: Date): Status {
  const { completed: done } = MESSAGES.rollback;
  return completed(completeStage(status, 'Rollback', now), 'Rollback', done, done, now);
}

const FAILED: Readonly<Record<Worked, string>> = {
  Prep: MESSAGES.prep.failed,
  Upgrade: MESSAGES.upgrade.failed,
  Rollback: MESSAGES.rollback.failed,
};

/** A stage failed: `<Stage>Completed` says so, then `<Stage>InProgress`, which carries the cause, as the newest. */
export function failed(status: Status, stage: Worked, failure: Failure, now: Date): Status {
  let next = setCondition(
    status,
    COMPLETED[stage],
    { status: 'False', reason: 'Failed', message: FAILED[stage] },
    now,
  );
  next = setCondition(
    next,
    IN_PROGRESS[stage],
    { status: 'False', reason: 'Failed', message: failure.message },
    now,
  );
  return withFailure(next, stage, failure, now);
}

/** The node is back in its old stateroot without anybody having asked: an attempt failed or never reported. */
export function rolledBack(
  status: Status,
  failure: Pick<PivotFailure, 'trigger' | 'step' | 'reason' | 'evidence' | 'remedy'>,
  timeoutSeconds: number,
  now: Date,
): Status {
  const { trigger, reason, step, evidence, remedy } = failure;
  const message = rollbackCause(trigger, reason, timeoutSeconds, step);
  // A status that was lost, or is older than the attempt, must not look at rest: the new stateroot is still there.
  const left =
    conditionOf(status, 'Idle')?.status === 'False'
      ? status
      : setCondition(
          status,
          'Idle',
          { status: 'False', reason: 'InProgress', message: MESSAGES.inProgress },
          now,
        );
  return failed(left, 'Upgrade', { step, message, evidence, remedy }, now);
}

/** The upgrade failed in the new stateroot and the trigger is switched off: the node stays, and says so. */
export function stayedForDebugging(
  status: Status,
  failure: Pick<PivotFailure, 'trigger' | 'step' | 'reason' | 'evidence' | 'remedy'>,
  now: Date,
): Status {
  const { trigger, reason, step, evidence, remedy } = failure;
  return failed(status, 'Upgrade', { step, message: stayedCause(trigger, reason), evidence, remedy }, now);
}

/** Clean-up ended well: the node is at rest. What failed last is still told, until the next Prep. */
export function cleanedUp(status: Status, now: Date): Status {
  return atRest(status, now);
}

/** Clean-up failed; it waits for a person, who says by annotation when to try again. */
export function cleanUpFailed(
  status: Status,
  errors: readonly string[],
  failure: Omit<Failure, 'message'>,
  now: Date,
): Status {
  const reason = conditionOf(status, 'Idle')?.reason;
  const finalizing = reason === 'Finalizing' || reason === 'FinalizeFailed';
  const message = MESSAGES.idle.cleanUpFailed(errors);
  const next = setCondition(
    status,
    'Idle',
    { status: 'False', reason: finalizing ? 'FinalizeFailed' : 'AbortFailed', message },
    now,
  );
  return withFailure(next, 'Idle', { ...failure, message }, now);
}

/** Until when the old stateroot can be gone back to; only the first answer counts. */
export function withRollbackExpiration(status: Status, expires: Date): Status {
  if (status.rollbackAvailabilityExpiration !== null) return status;
  return { ...status, rollbackAvailabilityExpiration: expires.toISOString() };
}

function completed(status: Status, stage: Worked, ended: string, message: string, now: Date): Status {
  let next = setCondition(
    status,
    IN_PROGRESS[stage],
    { status: 'False', reason: 'Completed', message: ended },
    now,
  );
  next = setCondition(next, COMPLETED[stage], { status: 'True', reason: 'Completed', message }, now);
  return withProgress(next, null);
}

function withFailure(status: Status, stage: Stage, failure: Failure, now: Date): Status {
  const lastFailure: LastFailure = { stage, ...failure, time: now.toISOString() };
  return { ...status, lca: { ...status.lca, lastFailure, progress: null } };
}
