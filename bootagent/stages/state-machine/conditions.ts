import type { Stage } from '../../../core/contract/stage.ts';
import type { Condition, ConditionReason, ConditionType, Status } from '../../../core/contract/status.ts';

/** The condition that says a stage is under way. For Idle it is `Idle` itself. */
export const IN_PROGRESS = {
  Idle: 'Idle',
  Prep: 'PrepInProgress',
  Upgrade: 'UpgradeInProgress',
  Rollback: 'RollbackInProgress',
} as const satisfies Record<Stage, ConditionType>;

/** The condition that says how a stage ended. */
export const COMPLETED = {
  Idle: 'Idle',
  Prep: 'PrepCompleted',
  Upgrade: 'UpgradeCompleted',
  Rollback: 'RollbackCompleted',
} as const satisfies Record<Stage, ConditionType>;

/** What a condition is to say. */
export interface Saying {
  readonly status: 'True' | 'False';
  readonly reason: ConditionReason;
  readonly message: string;
}

export function conditionOf(status: Status, type: ConditionType): Condition | undefined {
  return status.conditions.find((condition) => condition.type === type);
}

/**
 * Sets a condition and keeps the order that readers depend on: when its status changes (for `Idle`: when anything
 * changes) it moves to the end of the list, so that the last element is the newest transition. A change of the
 * message alone leaves its place and its time.
 */
export function setCondition(status: Status, type: ConditionType, saying: Saying, now: Date): Status {
  const { conditions, observedGeneration } = status;
  const old = conditionOf(status, type);
  const last = conditions.at(-1)?.type === type;
  const flipped = old === undefined || old.status !== saying.status;
  const moves = flipped || (type === 'Idle' && !last && !says(old, saying));
  const next: Condition = {
    type,
    ...saying,
    observedGeneration,
    lastTransitionTime: moves || old === undefined ? now.toISOString() : old.lastTransitionTime,
  };
  return {
    ...status,
    conditions: moves
      ? [...conditions.filter((condition) => condition.type !== type), next]
      : conditions.map((condition) => (condition.type === type ? next : condition)),
  };
}

export function removeCondition(status: Status, type: ConditionType): Status {
  return { ...status, conditions: status.conditions.filter((condition) => condition.type !== type) };
}

function says(condition: Condition, { status, reason, message }: Saying): boolean {
  return condition.status === status && condition.reason === reason && condition.message === message;
}
