import test from 'ava';
import { validNextStages } from '../../../bootagent/stages/state-machine/valid-next-stages.ts';
import type { Stage } from '../../../core/contract/stage.ts';
import { type Condition, FRESH_STATUS } from '../../../core/contract/status.ts';

type Written = `${Condition['type']}=${Condition['status']} ${Condition['reason']}`;

function statusWith(...written: readonly Written[]) {
  const conditions = written.map((text): Condition => {
    const [type, status, reason] = text.split(/[= ]/) as [
      Condition['type'],
      Condition['status'],
      Condition['reason'],
    ];
    return {
      type,
      status,
      reason,
      message: '',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
  });
  return { ...FRESH_STATUS, conditions };
}

const LEFT: Written = 'Idle=False InProgress';
const PREPARED: readonly Written[] = [LEFT, 'PrepInProgress=False Completed', 'PrepCompleted=True Completed'];
const UPGRADED: readonly Written[] = [
  ...PREPARED,
  'UpgradeInProgress=False Completed',
  'UpgradeCompleted=True Completed',
];

/** lifecycle.md §2.2, row by row. */
const ROWS: readonly {
  readonly row: string;
  readonly conditions: readonly Written[];
  readonly afterPivot?: boolean;
  readonly valid: readonly Stage[];
}[] = [
  { row: '1 aborting', conditions: ['PrepCompleted=False Failed', 'Idle=False Aborting'], valid: [] },
  {
    row: '1 abort failed',
    conditions: ['PrepCompleted=True Completed', 'Idle=False AbortFailed'],
    valid: [],
  },
  {
    row: '1 finalizing',
    conditions: ['UpgradeCompleted=True Completed', 'Idle=False Finalizing'],
    valid: [],
  },
  {
    row: '1 finalize failed',
    conditions: ['UpgradeCompleted=True Completed', 'Idle=False FinalizeFailed'],
    valid: [],
  },
  {
    row: '1 rolling back',
    conditions: [LEFT, 'UpgradeCompleted=False Failed', 'RollbackInProgress=True InProgress'],
    valid: [],
  },
  {
    row: '1 rollback failed',
    conditions: [LEFT, 'UpgradeCompleted=False Failed', 'RollbackCompleted=False Failed'],
    valid: [],
  },
  { row: '2 preparing', conditions: [LEFT, 'PrepInProgress=True InProgress'], valid: ['Idle'] },
  {
    row: '2 prep failed',
    conditions: [LEFT, 'PrepCompleted=False Failed', 'PrepInProgress=False Failed'],
    valid: ['Idle'],
  },
  {
    row: '3 upgrading before the pivot',
    conditions: [...PREPARED, 'UpgradeInProgress=True InProgress'],
    valid: ['Idle'],
  },
  {
    row: '3 upgrade failed before the pivot',
    conditions: [...PREPARED, 'UpgradeCompleted=False Failed'],
    valid: ['Idle'],
  },
  {
    row: '4 upgrading after the pivot',
    conditions: [...PREPARED, 'UpgradeInProgress=True InProgress'],
    afterPivot: true,
    valid: ['Rollback'],
  },
  {
    row: '4 upgrade failed after the pivot',
    conditions: [...PREPARED, 'UpgradeCompleted=False Failed'],
    afterPivot: true,
    valid: ['Rollback'],
  },
  {
    row: '5 rollback completed',
    conditions: [...UPGRADED, 'RollbackCompleted=True Completed'],
    valid: ['Idle'],
  },
  { row: '6 upgrade completed', conditions: UPGRADED, afterPivot: true, valid: ['Idle', 'Rollback'] },
  { row: '7 prep completed', conditions: PREPARED, valid: ['Idle', 'Upgrade'] },
  { row: '8 at rest', conditions: ['Idle=True Idle'], valid: ['Prep'] },
  { row: '9 fresh', conditions: [], valid: ['Idle'] },
  { row: '10 blocked', conditions: ['Idle=False Blocked'], valid: ['Upgrade'] },
  { row: '11 left Idle for nothing', conditions: [LEFT], valid: [] },
];

for (const { row, conditions, afterPivot, valid } of ROWS) {
  test(`Row ${row}: ${valid.length === 0 ? 'nothing' : valid.join(' or ')} may come next.`, (t) => {
    t.deepEqual(validNextStages(statusWith(...conditions), 'Upgrade', afterPivot ?? false), valid);
  });
}

test('A blocked node takes only the stage it was asked for, whichever that is.', (t) => {
  t.deepEqual(validNextStages(statusWith('Idle=False Blocked'), 'Prep', false), ['Prep']);
});
