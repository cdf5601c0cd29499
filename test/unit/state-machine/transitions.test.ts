import test from 'ava';
import { decide } from '../../../bootagent/stages/state-machine/decide.ts';
import { withRollbackExpiration } from '../../../bootagent/stages/state-machine/outcomes.ts';
import { requestTransition } from '../../../bootagent/stages/state-machine/transition.ts';
import type { Stage } from '../../../core/contract/stage.ts';
import { FRESH_STATUS } from '../../../core/contract/status.ts';
import { requestFor, UpgradeStory } from '../../support/upgrade-story.ts';

const IN_PROGRESS = 'Idle=False InProgress: In progress';

function prepared(): UpgradeStory {
  const story = new UpgradeStory();
  story.asks('Prep');
  return story.prepares();
}

function pivoted(): UpgradeStory {
  const story = prepared();
  story.asks('Upgrade');
  return story.pivots();
}

function upgraded(): UpgradeStory {
  return pivoted().upgrades();
}

function rolledBack(): UpgradeStory {
  const story = upgraded();
  story.asks('Rollback');
  return story.returns().rollsBack();
}

test('A fresh node is at rest and takes Prep.', (t) => {
  const story = new UpgradeStory();
  t.deepEqual(story.conditions, ['Idle=True Idle: Idle']);
  t.deepEqual(story.status.validNextStages, ['Prep']);
  t.is(story.look().work, 'rest');
});

test('Idle accepted on a fresh resource resets all conditions to Idle.', (t) => {
  const now = new Date();
  const { status, transition } = requestTransition(FRESH_STATUS, 'Idle', { afterPivot: false, now });
  t.deepEqual(transition, { kind: 'accepted', stage: 'Idle' });
  t.like(status.conditions, {
    length: 1,
    0: { type: 'Idle', status: 'True', reason: 'Idle', message: 'Idle' },
  });
});

test('Prep accepted: Idle ends, Prep is in progress.', (t) => {
  const story = new UpgradeStory();
  const { work, transition } = story.asks('Prep');
  t.is(work, 'prep');
  t.deepEqual(transition, { kind: 'accepted', stage: 'Prep' });
  t.deepEqual(story.conditions, [IN_PROGRESS, 'PrepInProgress=True InProgress: In progress']);
  t.deepEqual(story.status.validNextStages, ['Idle']);
  t.like(story.status.history, { length: 1, 0: { stage: 'Prep', completionTime: null } });
});

test('Prep goes on after a restart of the agent.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  const { work, transition, status } = story.look();
  t.is(work, 'prep');
  t.deepEqual(transition, { kind: 'resumed', stage: 'Prep' });
  t.deepEqual(status, story.look().status);
});

test('Prep completed: Idle or Upgrade may follow, and the documented order of conditions holds.', (t) => {
  const story = prepared();
  t.deepEqual(story.conditions, [
    IN_PROGRESS,
    'PrepInProgress=False Completed: Prep completed',
    'PrepCompleted=True Completed: Prep stage completed successfully',
  ]);
  t.deepEqual(story.status.validNextStages, ['Idle', 'Upgrade']);
  t.is(story.look().work, 'rest');
  t.truthy(story.status.history[0]?.completionTime);
});

test('Prep failed: the cause is the newest condition, and only Idle may follow.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  story.fails('Prep', 'failed to validate IBU spec: the seed is of another architecture');
  t.deepEqual(story.conditions, [
    IN_PROGRESS,
    'PrepCompleted=False Failed: Prep failed',
    'PrepInProgress=False Failed: failed to validate IBU spec: the seed is of another architecture',
  ]);
  t.deepEqual(story.status.validNextStages, ['Idle']);
  t.is(story.look().work, 'rest');
  t.is(story.status.history[0]?.completionTime, null);
});

test('Upgrade runs its first half before the pivot and its second half after it.', (t) => {
  const story = prepared();
  t.is(story.asks('Upgrade').work, 'upgrade-before-pivot');
  t.is(story.conditions.at(-1), 'UpgradeInProgress=True InProgress: In progress');
  t.deepEqual(story.status.validNextStages, ['Idle']);
  story.pivots();
  t.is(story.look().work, 'upgrade-after-pivot');
  t.deepEqual(story.status.validNextStages, ['Rollback']);
});

test('Upgrade failed before the pivot: only Idle may follow, which aborts.', (t) => {
  const story = prepared();
  story.asks('Upgrade');
  story.fails('Upgrade', 'no way to boot once');
  t.deepEqual(story.conditions.slice(-2), [
    'UpgradeCompleted=False Failed: Upgrade failed',
    'UpgradeInProgress=False Failed: no way to boot once',
  ]);
  t.deepEqual(story.status.validNextStages, ['Idle']);
  t.is(story.asks('Idle').work, 'abort');
});

test('Upgrade completed: Idle or Rollback may follow.', (t) => {
  const story = upgraded();
  t.deepEqual(story.conditions.slice(-2), [
    'UpgradeInProgress=False Completed: Upgrade completed',
    'UpgradeCompleted=True Completed: Upgrade completed',
  ]);
  t.deepEqual(story.status.validNextStages, ['Idle', 'Rollback']);
  t.is(story.look().work, 'rest');
});

test('An automatic rollback ends with Upgrade failed and the cause as the newest condition; no Rollback condition appears.', (t) => {
  const story = pivoted().fallsBack('post-reboot-config', 'step apply-network: nmcli exited with 4');
  t.deepEqual(story.conditions.slice(-2), [
    'UpgradeCompleted=False Failed: Upgrade failed',
    'UpgradeInProgress=False Failed: Rollback due to postpivot failure: step apply-network: nmcli exited with 4',
  ]);
  t.false(story.conditions.some((condition) => condition.startsWith('Rollback')));
  t.deepEqual(story.status.validNextStages, ['Idle']);
  t.is(story.look().work, 'rest');
  t.is(story.asks('Idle').work, 'abort');
});

test('The causes of an automatic rollback are worded as documented.', (t) => {
  const cause = (trigger: 'init-monitor' | 'uncontrolled' | 'upgrade-completion', reason: string) =>
    pivoted().fallsBack(trigger, reason).status.conditions.at(-1)?.message;
  t.is(cause('init-monitor', ''), 'Rollback due to LCA Init Monitor timeout, after 30m0s');
  t.is(cause('uncontrolled', ''), 'Uncontrolled rollback');
  t.is(cause('uncontrolled', 'kernel panic'), 'Uncontrolled rollback: kernel panic');
  t.is(
    cause('upgrade-completion', 'sshd is down'),
    'Rollback due to upgrade completion failure: sshd is down',
  );
});

test('A node whose status was lost over a failed attempt still has to be cleaned up.', (t) => {
  const story = new UpgradeStory().fallsBack('uncontrolled', 'kernel panic');
  t.deepEqual(story.conditions, [
    IN_PROGRESS,
    'UpgradeCompleted=False Failed: Upgrade failed',
    'UpgradeInProgress=False Failed: Uncontrolled rollback: kernel panic',
  ]);
  t.is(story.asks('Idle').work, 'abort');
});

test('A switched-off trigger leaves the node in the new stateroot, says so, and lets the user roll back.', (t) => {
  const story = pivoted().stays('upgrade-completion', 'a required health check failed');
  const message = story.status.conditions.at(-1)?.message ?? '';
  t.regex(message, /^a required health check failed .*disabled for upgrade-completion/);
  t.deepEqual(story.status.validNextStages, ['Rollback']);
  t.is(story.asks('Rollback').work, 'rollback-before-reboot');
});

test('Rollback accepted: the upgrade counts as failed, the rollback is in progress.', (t) => {
  const story = upgraded();
  t.is(story.asks('Rollback').work, 'rollback-before-reboot');
  t.deepEqual(story.conditions.slice(-2), [
    'UpgradeCompleted=False Failed: Rollback requested',
    'RollbackInProgress=True InProgress: In progress',
  ]);
  t.true(story.conditions.includes('UpgradeInProgress=False Failed: Rollback requested'));
  t.deepEqual(story.status.validNextStages, []);
  story.returns();
  t.is(story.look().work, 'rollback-after-reboot');
});

test('Rollback completed: the message that hub policies match, then Idle finalizes.', (t) => {
  const story = rolledBack();
  t.deepEqual(story.conditions.slice(-2), [
    'RollbackInProgress=False Completed: Rollback completed',
    'RollbackCompleted=True Completed: Rollback completed',
  ]);
  t.deepEqual(story.status.validNextStages, ['Idle']);
  t.truthy(story.status.history.find(({ stage }) => stage === 'Rollback')?.completionTime);
  t.is(story.asks('Idle').work, 'finalize');
});

test('Rollback failed: nothing may follow.', (t) => {
  const story = upgraded();
  story.asks('Rollback');
  story.fails('Rollback', 'the old deployment is gone');
  t.deepEqual(story.conditions.slice(-2), [
    'RollbackCompleted=False Failed: Rollback failed',
    'RollbackInProgress=False Failed: the old deployment is gone',
  ]);
  t.deepEqual(story.status.validNextStages, []);
});

test('Idle after Prep aborts, and cleaning up resets everything.', (t) => {
  const story = prepared();
  t.is(story.asks('Idle').work, 'abort');
  t.is(story.conditions.at(-1), 'Idle=False Aborting: Aborting');
  t.deepEqual(story.status.history, []);
  t.deepEqual(story.status.validNextStages, []);
  story.cleansUp();
  t.deepEqual(story.conditions, ['Idle=True Idle: Idle']);
  t.deepEqual(story.status.validNextStages, ['Prep']);
});

test('Idle in the middle of Prep aborts it.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  t.is(story.asks('Idle').work, 'abort');
});

test('Idle after an upgrade finalizes.', (t) => {
  const story = upgraded();
  t.is(story.asks('Idle').work, 'finalize');
  t.is(story.conditions.at(-1), 'Idle=False Finalizing: Finalizing');
});

for (const [kind, reason, begin] of [
  ['abort', 'AbortFailed', prepared],
  ['finalize', 'FinalizeFailed', upgraded],
] as const) {
  test(`A failed ${kind} waits for a person, and is tried again on the annotation.`, (t) => {
    const story = begin();
    story.asks('Idle');
    story.failsToCleanUp('failed to remove 1 stateroots');
    t.is(
      story.conditions.at(-1),
      `Idle=False ${reason}: failed to remove 1 stateroots Perform cleanup manually then add 'lca.openshift.io/manual-cleanup-done' annotation to ibu CR to transition back to Idle`,
    );
    t.is(story.look().work, 'await-manual-cleanup');
    t.deepEqual(story.status.validNextStages, []);

    const again = story.asks('Idle', { annotations: { 'lca.openshift.io/manual-cleanup-done': '' } });
    t.is(again.work, kind);
    t.deepEqual(again.spentAnnotations, ['lca.openshift.io/manual-cleanup-done']);
    story.cleansUp();
    t.deepEqual(story.conditions, ['Idle=True Idle: Idle']);
  });
}

test('The annotation means nothing while no clean-up has failed.', (t) => {
  const story = prepared();
  const decision = story.asks('Prep', { annotations: { 'lca.openshift.io/manualCleanupDone': '' } });
  t.deepEqual(decision.spentAnnotations, []);
});

/** lifecycle.md §2.5, row by row. */
const REFUSED: readonly {
  readonly from: string;
  readonly story: () => UpgradeStory;
  readonly stage: Stage;
  readonly condition: string;
}[] = [
  {
    from: 'at rest',
    story: () => new UpgradeStory(),
    stage: 'Upgrade',
    condition: 'UpgradeInProgress=False InvalidTransition: Previous stage not succeeded',
  },
  {
    from: 'while aborting',
    story: () => {
      const story = prepared();
      story.asks('Idle');
      return story;
    },
    stage: 'Upgrade',
    condition: 'UpgradeInProgress=False InvalidTransition: Previous stage not succeeded',
  },
  {
    from: 'at rest',
    story: () => new UpgradeStory(),
    stage: 'Rollback',
    condition: 'RollbackInProgress=False InvalidTransition: Upgrade not started or already finalized',
  },
  {
    from: 'after a failed rollback',
    story: () => {
      const story = upgraded();
      story.asks('Rollback');
      return story.fails('Rollback', 'x');
    },
    stage: 'Idle',
    condition: 'Idle=False InvalidTransition: Transition to Idle not allowed - Rollback failed',
  },
  {
    from: 'while rolling back in the new stateroot',
    story: () => {
      const story = upgraded();
      story.asks('Rollback');
      return story;
    },
    stage: 'Idle',
    condition: 'Idle=False InvalidTransition: Transition to Idle not allowed - Rollback is in progress',
  },
  {
    from: 'in the middle of the second half of Upgrade',
    story: pivoted,
    stage: 'Idle',
    condition: 'Idle=False InvalidTransition: Transition to Idle not allowed - Rollback first',
  },
  {
    from: 'while rolling back, in the old stateroot',
    story: () => {
      const story = upgraded();
      story.asks('Rollback');
      return story.returns();
    },
    stage: 'Idle',
    condition: 'Idle=False InvalidTransition: Abort or finalize not allowed',
  },
];

for (const { from, story, stage, condition } of REFUSED) {
  test(`${stage} ${from} is refused: ${condition}.`, (t) => {
    const node = story();
    const { work } = node.look();
    const decision = node.asks(stage);
    t.is(node.conditions.at(-1), condition);
    t.is(decision.transition.kind, 'refused');
    t.is(decision.work, work, 'what is under way goes on');
  });
}

test('A refused request stays pending and is accepted as soon as it becomes valid.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  t.is(story.asks('Upgrade').work, 'prep');
  story.prepares();
  t.is(story.look().work, 'upgrade-before-pivot');
  t.is(story.conditions.at(-1), 'UpgradeInProgress=True InProgress: In progress');
});

test('A refusal is forgotten when the user asks for something else.', (t) => {
  const story = new UpgradeStory();
  story.asks('Upgrade');
  story.asks('Idle');
  t.deepEqual(story.conditions, ['Idle=True Idle: Idle']);

  const failedUpgrade = pivoted();
  failedUpgrade.asks('Idle');
  failedUpgrade.asks('Rollback');
  t.true(failedUpgrade.conditions.includes(IN_PROGRESS));
});

test('The cause of a failed upgrade outlives the rollback that the user asks for, and Idle; a new Prep ends it.', (t) => {
  const story = pivoted().stays('init-monitor', 'it took too long');
  story.asks('Rollback');
  story.returns().rollsBack();
  story.asks('Idle');
  story.cleansUp();
  t.regex(story.status.lca.lastFailure?.message ?? '', /it took too long/);
  story.asks('Prep');
  t.is(story.status.lca.lastFailure, null);
});

test('A blocked node says so, begins nothing, and goes on when the way is free.', (t) => {
  const story = new UpgradeStory();
  story.request = requestFor('Prep');
  t.is(story.look({ blockedBy: 'IPC is not idle' }).work, 'rest');
  t.is(story.conditions.at(-1), 'PrepInProgress=False Blocked: IPC is not idle');
  const told = story.status;
  story.look({ blockedBy: 'IPC is not idle' });
  t.deepEqual(story.status, told, 'it is told once');
  t.is(story.look().work, 'prep');

  const resting = new UpgradeStory();
  resting.request = requestFor('Idle');
  resting.look({ blockedBy: 'IPC is not idle' });
  t.deepEqual(resting.conditions, ['Idle=False Blocked: IPC is not idle']);
  const waiting = resting.status;
  resting.look({ blockedBy: 'IPC is not idle' });
  t.deepEqual(resting.status, waiting);
  t.deepEqual(resting.status.validNextStages, ['Idle']);
  resting.look();
  t.deepEqual(resting.conditions, ['Idle=True Idle: Idle']);
});

test('What blocks a stage is told after what came before it, also where a refusal stood, and keeps its place.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  story.asks('Rollback');
  story.prepares();
  story.look({ blockedBy: 'IPC is not idle' });
  t.is(story.conditions.at(-1), 'RollbackInProgress=False Blocked: IPC is not idle');
  const told = story.status;
  story.look({ blockedBy: 'IPC is not idle' });
  t.deepEqual(story.status, told);
});

test('How a stage has ended stays told while something else is at work.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  story.fails('Prep', 'no space');
  const { conditions } = story;
  story.look({ blockedBy: 'IPC is not idle' });
  story.look();
  t.deepEqual(story.conditions, conditions);
});

test('What is under way is not blocked.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  t.is(story.look({ blockedBy: 'IPC is not idle' }).work, 'prep');
});

test('A request file that was taken away changes nothing that is under way.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  story.request = null;
  t.is(story.look().work, 'prep');
});

test('Taking the request away is the way out of a failed rollback.', (t) => {
  const story = upgraded();
  story.asks('Rollback');
  story.fails('Rollback', 'the old deployment is gone');
  story.request = null;
  story.look();
  t.deepEqual(story.conditions, ['Idle=True Idle: Idle']);
  t.is(story.status.lca.lastFailure?.message, 'the old deployment is gone');
});

test('The way back expires at the first time told, until a rollback begins.', (t) => {
  const story = upgraded();
  const first = new Date('2026-02-01T00:00:00Z');
  story.status = withRollbackExpiration(withRollbackExpiration(story.status, first), new Date());
  t.is(story.status.rollbackAvailabilityExpiration, first.toISOString());
  story.asks('Rollback');
  t.is(story.status.rollbackAvailabilityExpiration, null);
});

test('Deciding twice gives the same work and the same status.', (t) => {
  const { status, work } = decide(prepared().status, requestFor('Upgrade'), {
    afterPivot: false,
    now: new Date(),
  });
  const again = decide(status, requestFor('Upgrade'), {
    afterPivot: false,
    now: new Date(Date.now() + 60_000),
  });
  t.deepEqual(again.status, status);
  t.is(again.work, work);
});
