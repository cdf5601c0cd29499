import type { Stage } from '../../../core/contract/stage.ts';
import type { Status } from '../../../core/contract/status.ts';
import { conditionOf } from './conditions.ts';
import { isCompleted, isFailed, isInProgress } from './predicates.ts';

interface Row {
  /** The row's situation, in the words of the table in docs. */
  readonly situation: string;
  readonly applies: (status: Status, afterPivot: boolean) => boolean;
  readonly valid: (requested: Stage) => readonly Stage[];
}

const inProgressOrFailed = (status: Status, stage: Stage) =>
  isInProgress(status, stage) || isFailed(status, stage);

/** The first row that applies tells which stages may be asked for next. */
export const VALID_NEXT_STAGES: readonly Row[] = [
  {
    situation: 'cleaning up, rolling back, or failed to roll back',
    applies: (status) => isInProgress(status, 'Idle') || inProgressOrFailed(status, 'Rollback'),
    valid: () => [],
  },
  {
    situation: 'Prep in progress or failed',
    applies: (status) => inProgressOrFailed(status, 'Prep'),
    valid: () => ['Idle'],
  },
  {
    situation: 'Upgrade in progress or failed, in the old stateroot',
    applies: (status, afterPivot) => inProgressOrFailed(status, 'Upgrade') && !afterPivot,
    valid: () => ['Idle'],
  },
  {
    situation: 'Upgrade in progress or failed, in the new stateroot',
    applies: (status, afterPivot) => inProgressOrFailed(status, 'Upgrade') && afterPivot,
    valid: () => ['Rollback'],
  },
  {
    situation: 'Rollback completed',
    applies: (status) => isCompleted(status, 'Rollback'),
    valid: () => ['Idle'],
  },
  {
    situation: 'Upgrade completed',
    applies: (status) => isCompleted(status, 'Upgrade'),
    valid: () => ['Idle', 'Rollback'],
  },
  {
    situation: 'Prep completed',
    applies: (status) => isCompleted(status, 'Prep'),
    valid: () => ['Idle', 'Upgrade'],
  },
  { situation: 'at rest', applies: (status) => isCompleted(status, 'Idle'), valid: () => ['Prep'] },
  {
    situation: 'nothing known yet',
    applies: (status) => conditionOf(status, 'Idle') === undefined,
    valid: () => ['Idle'],
  },
  {
    situation: 'blocked by something else that is at work',
    applies: (status) => conditionOf(status, 'Idle')?.reason === 'Blocked',
    valid: (requested) => [requested],
  },
];

/** Stages that may be asked for now. */
export function validNextStages(status: Status, requested: Stage, afterPivot: boolean): readonly Stage[] {
  return VALID_NEXT_STAGES.find(({ applies }) => applies(status, afterPivot))?.valid(requested) ?? [];
}
