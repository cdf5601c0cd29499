import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type ControlPlane, startControlPlane } from '../support/control-plane/control-plane.ts';
import { IbuDoor, type ToldCondition } from '../support/door-cluster.ts';
import { DoorNode } from '../support/door-node.ts';
import {
  cleanUpFails,
  type Event,
  fails,
  freshNode,
  live,
  PIVOTED,
  PREP,
  PREPARED,
  ROLLED_BACK,
  ROLLING_BACK,
  told,
  UPGRADED,
  UPGRADING,
} from '../support/door-story.ts';

const root = mkdtempSync(join(tmpdir(), 'lca-door-'));
const node = new DoorNode(root);
let plane: ControlPlane;
test.before(async () => {
  plane = await startControlPlane({ directory: root, name: 'edge', controllerManager: false });
  await node.boot('old');
});
test.after.always(async () => {
  await node.stop();
  await plane?.stop();
  rmSync(root, { recursive: true, force: true });
});

const BY_HAND =
  "failed to remove 1 stateroots Perform cleanup manually then add 'lca.openshift.io/manual-cleanup-done' annotation to ibu CR to transition back to Idle";

const condition = (type: string, status: string, reason: string, message: string): ToldCondition => ({
  type,
  status,
  reason,
  message,
});
const LEFT_IDLE = condition('Idle', 'False', 'InProgress', 'In progress');
const PREP_ENDED = [
  condition('PrepInProgress', 'False', 'Completed', 'Prep completed'),
  condition('PrepCompleted', 'True', 'Completed', 'Prep stage completed successfully'),
];
const UPGRADE_ENDED = [
  condition('UpgradeInProgress', 'False', 'Completed', 'Upgrade completed'),
  condition('UpgradeCompleted', 'True', 'Completed', 'Upgrade completed'),
];
const ROLLBACK_ASKED = [
  condition('UpgradeInProgress', 'False', 'Failed', 'Rollback requested'),
  condition('UpgradeCompleted', 'False', 'Failed', 'Rollback requested'),
];
const IN_PROGRESS = (stage: string) => condition(`${stage}InProgress`, 'True', 'InProgress', 'In progress');
const refusal = (type: string, message: string) => condition(type, 'False', 'InvalidTransition', message);

interface Row {
  readonly row: string;
  readonly events: readonly Event[];
  /** All conditions, in order. */
  readonly conditions: readonly ToldCondition[];
  readonly valid: readonly string[];
}

/** reference: the transition table of the lifecycle (stage × condition × after pivot), conditions in the order of their transitions. */
const TABLE: readonly Row[] = [
  { row: 'at rest', events: [], conditions: [condition('Idle', 'True', 'Idle', 'Idle')], valid: ['Prep'] },
  {
    row: 'Prep under way',
    events: PREP,
    conditions: [LEFT_IDLE, IN_PROGRESS('Prep')],
    valid: ['Idle'],
  },
  {
    row: 'Prep failed',
    events: [...PREP, fails('Prep')],
    conditions: [
      LEFT_IDLE,
      condition('PrepCompleted', 'False', 'Failed', 'Prep failed'),
      condition('PrepInProgress', 'False', 'Failed', 'the disk is full'),
    ],
    valid: ['Idle'],
  },
  {
    row: 'Prep completed',
    events: PREPARED,
    conditions: [LEFT_IDLE, ...PREP_ENDED],
    valid: ['Idle', 'Upgrade'],
  },
  {
    row: 'Prep aborted',
    events: [...PREP, { ask: 'Idle' }],
    conditions: [IN_PROGRESS('Prep'), condition('Idle', 'False', 'Aborting', 'Aborting')],
    valid: [],
  },
  {
    row: 'abort failed',
    events: [...PREP, { ask: 'Idle' }, cleanUpFails],
    conditions: [IN_PROGRESS('Prep'), condition('Idle', 'False', 'AbortFailed', BY_HAND)],
    valid: [],
  },
  {
    row: 'Upgrade under way before the pivot',
    events: UPGRADING,
    conditions: [LEFT_IDLE, ...PREP_ENDED, IN_PROGRESS('Upgrade')],
    valid: ['Idle'],
  },
  {
    row: 'Upgrade under way after the pivot',
    events: PIVOTED,
    conditions: [LEFT_IDLE, ...PREP_ENDED, IN_PROGRESS('Upgrade')],
    valid: ['Rollback'],
  },
  {
    row: 'Upgrade failed before the pivot',
    events: [...UPGRADING, fails('Upgrade')],
    conditions: [
      LEFT_IDLE,
      ...PREP_ENDED,
      condition('UpgradeCompleted', 'False', 'Failed', 'Upgrade failed'),
      condition('UpgradeInProgress', 'False', 'Failed', 'the disk is full'),
    ],
    valid: ['Idle'],
  },
  {
    row: 'Upgrade failed after the pivot, without rollback',
    events: [...PIVOTED, fails('Upgrade')],
    conditions: [
      LEFT_IDLE,
      ...PREP_ENDED,
      condition('UpgradeCompleted', 'False', 'Failed', 'Upgrade failed'),
      condition('UpgradeInProgress', 'False', 'Failed', 'the disk is full'),
    ],
    valid: ['Rollback'],
  },
  {
    row: 'Upgrade completed',
    events: UPGRADED,
    conditions: [LEFT_IDLE, ...PREP_ENDED, ...UPGRADE_ENDED],
    valid: ['Idle', 'Rollback'],
  },
  {
    row: 'Upgrade finalized',
    events: [...UPGRADED, { ask: 'Idle' }],
    conditions: [...PREP_ENDED, ...UPGRADE_ENDED, condition('Idle', 'False', 'Finalizing', 'Finalizing')],
    valid: [],
  },
  {
    row: 'finalize failed',
    events: [...UPGRADED, { ask: 'Idle' }, cleanUpFails],
    conditions: [...PREP_ENDED, ...UPGRADE_ENDED, condition('Idle', 'False', 'FinalizeFailed', BY_HAND)],
    valid: [],
  },
  {
    row: 'Rollback under way, before the reboot',
    events: ROLLING_BACK,
    conditions: [LEFT_IDLE, ...PREP_ENDED, ...ROLLBACK_ASKED, IN_PROGRESS('Rollback')],
    valid: [],
  },
  {
    row: 'Rollback under way, after the reboot',
    events: [...ROLLING_BACK, { boot: 'old' }],
    conditions: [LEFT_IDLE, ...PREP_ENDED, ...ROLLBACK_ASKED, IN_PROGRESS('Rollback')],
    valid: [],
  },
  {
    row: 'Rollback failed',
    events: [...ROLLING_BACK, fails('Rollback')],
    conditions: [
      LEFT_IDLE,
      ...PREP_ENDED,
      ...ROLLBACK_ASKED,
      condition('RollbackCompleted', 'False', 'Failed', 'Rollback failed'),
      condition('RollbackInProgress', 'False', 'Failed', 'the disk is full'),
    ],
    valid: [],
  },
  {
    row: 'Rollback completed',
    events: ROLLED_BACK,
    conditions: [
      LEFT_IDLE,
      ...PREP_ENDED,
      ...ROLLBACK_ASKED,
      condition('RollbackInProgress', 'False', 'Completed', 'Rollback completed'),
      condition('RollbackCompleted', 'True', 'Completed', 'Rollback completed'),
    ],
    valid: ['Idle'],
  },
  {
    row: 'Rollback finalized',
    events: [...ROLLED_BACK, { ask: 'Idle' }],
    conditions: [
      ...PREP_ENDED,
      ...ROLLBACK_ASKED,
      condition('RollbackInProgress', 'False', 'Completed', 'Rollback completed'),
      condition('RollbackCompleted', 'True', 'Completed', 'Rollback completed'),
      condition('Idle', 'False', 'Finalizing', 'Finalizing'),
    ],
    valid: [],
  },
  {
    row: 'Upgrade refused at rest',
    events: [{ ask: 'Upgrade' }],
    conditions: [
      condition('Idle', 'True', 'Idle', 'Idle'),
      refusal('UpgradeInProgress', 'Previous stage not succeeded'),
    ],
    valid: ['Prep'],
  },
  {
    row: 'Rollback refused at rest',
    events: [{ ask: 'Rollback' }],
    conditions: [
      condition('Idle', 'True', 'Idle', 'Idle'),
      refusal('RollbackInProgress', 'Upgrade not started or already finalized'),
    ],
    valid: ['Prep'],
  },
  {
    row: 'Idle refused after the pivot',
    events: [...PIVOTED, { ask: 'Idle' }],
    conditions: [
      ...PREP_ENDED,
      IN_PROGRESS('Upgrade'),
      refusal('Idle', 'Transition to Idle not allowed - Rollback first'),
    ],
    valid: ['Rollback'],
  },
  {
    row: 'Idle refused while rolling back',
    events: [...ROLLING_BACK, { ask: 'Idle' }],
    conditions: [
      ...PREP_ENDED,
      ...ROLLBACK_ASKED,
      IN_PROGRESS('Rollback'),
      refusal('Idle', 'Transition to Idle not allowed - Rollback is in progress'),
    ],
    valid: [],
  },
  {
    row: 'Idle refused while rolling back, in the old stateroot',
    events: [...ROLLING_BACK, { boot: 'old' }, { ask: 'Idle' }],
    conditions: [
      ...PREP_ENDED,
      ...ROLLBACK_ASKED,
      IN_PROGRESS('Rollback'),
      refusal('Idle', 'Abort or finalize not allowed'),
    ],
    valid: [],
  },
  {
    row: 'Idle refused after a failed rollback',
    events: [...ROLLING_BACK, fails('Rollback'), { ask: 'Idle' }],
    conditions: [
      ...PREP_ENDED,
      ...ROLLBACK_ASKED,
      condition('RollbackCompleted', 'False', 'Failed', 'Rollback failed'),
      condition('RollbackInProgress', 'False', 'Failed', 'the disk is full'),
      refusal('Idle', 'Transition to Idle not allowed - Rollback failed'),
    ],
    valid: [],
  },
];

test.serial('An empty cluster gets the definition and a resource at Idle, and the node a file', async (t) => {
  const ibu = await new IbuDoor(plane).until(
    'the singleton is there',
    ({ status }) => status.conditions.length === 1,
  );
  t.deepEqual(ibu.spec, { stage: 'Idle' });
  t.deepEqual(told(ibu.status), [condition('Idle', 'True', 'Idle', 'Idle')]);
  t.deepEqual(ibu.status.validNextStages, ['Prep']);
  t.regex((await node.host.readText('/var/lib/lca/ibu.yaml')) ?? '', /stage: Idle/);
});

for (const version of ['v1', 'v1alpha1'] as const) {
  for (const { row, events, conditions, valid } of TABLE) {
    test.serial(`${version}, ${row}: conditions and stages that may follow are as documented`, async (t) => {
      const door = new IbuDoor(plane, version);
      await freshNode(node, door);
      const ibu = await live(node, door, events);
      t.is(ibu.apiVersion, `lca.openshift.io/${version}`);
      t.deepEqual(told(ibu.status), conditions);
      t.deepEqual(ibu.status.validNextStages, valid);
      for (const { lastTransitionTime } of ibu.status.conditions)
        t.regex(lastTransitionTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    });
  }
}
