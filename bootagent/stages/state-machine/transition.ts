import type { Stage } from '../../../core/contract/stage.ts';
import { CONDITION_TYPES, type Status } from '../../../core/contract/status.ts';
import { conditionOf, IN_PROGRESS, removeCondition, setCondition } from './conditions.ts';
import { startStage } from './history.ts';
import { MESSAGES } from './messages.ts';
import { isCompleted, isFailed, isInProgress, isTransitionRequested } from './predicates.ts';
import { validNextStages } from './valid-next-stages.ts';

/** What the state machine has to know besides the status and the request. */
export interface Facts {
  /** The booted stateroot is the one that Upgrade made, not the one Prep was started in. */
  readonly afterPivot: boolean;
  readonly now: Date;
}

export type Transition =
  /** The stage asked for has ended, or is at rest. */
  | { readonly kind: 'none' }
  /** The stage asked for was begun earlier (before a restart) and goes on. */
  | { readonly kind: 'resumed'; readonly stage: Stage }
  | { readonly kind: 'accepted'; readonly stage: Stage }
  /** Stays pending: it is looked at again each time until it becomes valid or the user asks for something else. */
  | { readonly kind: 'refused'; readonly stage: Stage; readonly message: string };

const IN_PROGRESS_SAYING = { status: 'True', reason: 'InProgress', message: MESSAGES.inProgress } as const;

/** Accepts or refuses the stage that the user asks for, and writes the conditions that say so. */
export function requestTransition(
  status: Status,
  stage: Stage,
  facts: Facts,
): { readonly status: Status; readonly transition: Transition } {
  if (!isTransitionRequested(status, stage)) {
    const kind = isInProgress(status, stage)
      ? ({ kind: 'resumed', stage } as const)
      : ({ kind: 'none' } as const);
    return { status: withoutStaleRefusals(status, stage, facts.now), transition: kind };
  }
  if (validNextStages(status, stage, facts.afterPivot).includes(stage)) {
    const accepted = ACCEPT[stage](withoutRefusals(status, facts.now), facts);
    if (accepted !== undefined) return { status: accepted, transition: { kind: 'accepted', stage } };
  }
  const message = refusal(status, stage, facts.afterPivot);
  return {
    status: refuse(status, stage, message, facts.now),
    transition: { kind: 'refused', stage, message },
  };
}

/** Writes a refusal of a request for a stage, for whatever reason. */
export function refuse(status: Status, stage: Stage, message: string, now: Date): Status {
  const cleaned = withoutStaleRefusals(status, stage, now);
  return setCondition(
    cleaned,
    IN_PROGRESS[stage],
    { status: 'False', reason: 'InvalidTransition', message },
    now,
  );
}

/** What accepting a stage writes; undefined where nothing can be done from here. */
const ACCEPT: Readonly<Record<Stage, (status: Status, facts: Facts) => Status | undefined>> = {
  Prep(status, { now }) {
    const leaving = setCondition(
      status,
      'Idle',
      { status: 'False', reason: 'InProgress', message: MESSAGES.inProgress },
      now,
    );
    const entered = setCondition(leaving, 'PrepInProgress', IN_PROGRESS_SAYING, now);
    // The last failure was told until now, also at rest; a new attempt makes it history.
    return startStage({ ...entered, lca: { ...entered.lca, lastFailure: null } }, 'Prep', now);
  },
  Upgrade(status, { now }) {
    return startStage(setCondition(status, 'UpgradeInProgress', IN_PROGRESS_SAYING, now), 'Upgrade', now);
  },
  Rollback(status, { now }) {
    const saying = { status: 'False', reason: 'Failed', message: MESSAGES.rollback.requested } as const;
    let next = setCondition(status, 'UpgradeCompleted', saying, now);
    next = setCondition(next, 'UpgradeInProgress', saying, now);
    next = setCondition(next, 'RollbackInProgress', IN_PROGRESS_SAYING, now);
    return startStage({ ...next, rollbackAvailabilityExpiration: null }, 'Rollback', now);
  },
  Idle(status, { afterPivot, now }) {
    if (isCompleted(status, 'Upgrade') || isCompleted(status, 'Rollback')) {
      return setCondition(
        status,
        'Idle',
        { status: 'False', reason: 'Finalizing', message: MESSAGES.idle.finalizing },
        now,
      );
    }
    const idle = conditionOf(status, 'Idle');
    if (idle === undefined) return atRest(status, now);
    if (idle.status === 'False' && !afterPivot && conditionOf(status, 'RollbackInProgress') === undefined) {
      return setCondition(
        status,
        'Idle',
        { status: 'False', reason: 'Aborting', message: MESSAGES.idle.aborting },
        now,
      );
    }
    return undefined;
  },
};

/** Everything is cleaned up: one condition, nothing to roll back to. */
export function atRest(status: Status, now: Date): Status {
  const empty = { ...status, conditions: [], history: [], rollbackAvailabilityExpiration: null };
  const lca = { ...status.lca, progress: null, stateroots: null };
  return setCondition(
    { ...empty, lca },
    'Idle',
    { status: 'True', reason: 'Idle', message: MESSAGES.idle.idle },
    now,
  );
}

function refusal(status: Status, stage: Stage, afterPivot: boolean): string {
  const { refused } = MESSAGES;
  switch (stage) {
    case 'Prep':
    case 'Upgrade':
      return refused.previousStage;
    case 'Rollback':
      return refused.nothingToRollBack;
    case 'Idle':
      if (isFailed(status, 'Rollback')) return refused.rollbackFailed;
      if (!afterPivot) return refused.notAllowed;
      return isInProgress(status, 'Rollback') ? refused.rollbackInProgress : refused.rollbackFirst;
    default:
      return stage satisfies never;
  }
}

/** Refusals of stages that are no longer asked for are over: the newest condition should tell what is, not what was. */
export function withoutStaleRefusals(status: Status, requested: Stage, now: Date): Status {
  return withoutRefusals(status, now, IN_PROGRESS[requested]);
}

function withoutRefusals(status: Status, now: Date, keep?: string): Status {
  let next = status;
  for (const type of CONDITION_TYPES) {
    if (type === keep || conditionOf(next, type)?.reason !== 'InvalidTransition') continue;
    next =
      type === 'Idle'
        ? setCondition(
            next,
            'Idle',
            { status: 'False', reason: 'InProgress', message: MESSAGES.inProgress },
            now,
          )
        : removeCondition(next, type);
  }
  return next;
}
