import { STAGES, type Stage } from '../../../core/contract/stage.ts';
import type { ConditionReason, Status } from '../../../core/contract/status.ts';
import { COMPLETED, conditionOf, IN_PROGRESS } from './conditions.ts';

/** Reasons of a False `Idle` that mean cleaning up is under way, or waits for a person. */
const CLEANING: readonly ConditionReason[] = ['Aborting', 'AbortFailed', 'Finalizing', 'FinalizeFailed'];

export function isInProgress(status: Status, stage: Stage): boolean {
  const condition = conditionOf(status, IN_PROGRESS[stage]);
  if (condition === undefined) return false;
  return stage === 'Idle'
    ? condition.status === 'False' && CLEANING.includes(condition.reason)
    : condition.status === 'True';
}

export function isCompleted(status: Status, stage: Stage): boolean {
  return conditionOf(status, COMPLETED[stage])?.status === 'True';
}

/** Idle has no failure of its own: a failed clean-up is still in progress. */
export function isFailed(status: Status, stage: Stage): boolean {
  return stage !== 'Idle' && conditionOf(status, COMPLETED[stage])?.status === 'False';
}

/** Whether the user asks for a stage that has neither begun nor ended. */
export function isTransitionRequested(status: Status, stage: Stage): boolean {
  if (isInProgress(status, stage)) return false;
  return stage === 'Idle'
    ? !isCompleted(status, 'Idle')
    : conditionOf(status, COMPLETED[stage]) === undefined;
}

/** The stage that is under way; cleaning up comes before what it cleans up after. */
export function stageInProgress(status: Status): Stage | undefined {
  return STAGES.find((stage) => isInProgress(status, stage));
}

/** Whether nothing is under way and nothing is left of it: also before anything was ever asked. */
export function isAtRest(status: Status): boolean {
  return status.conditions.length === 0 || isCompleted(status, 'Idle');
}

/**
 * Whether the booted stateroot is the one that Upgrade made. Two of one name are none: a Prep of the version that runs
 * was once noted that way, and has to find back to Idle.
 */
export function isAfterPivot({ lca: { stateroots } }: Status, booted: string): boolean {
  return stateroots !== null && stateroots.original !== stateroots.new && stateroots.new === booted;
}
