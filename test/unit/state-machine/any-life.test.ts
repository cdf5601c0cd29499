import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { array, assert, constantFrom, property } from 'fast-check';
import { type Work } from '../../../bootagent/stages/state-machine/decide.ts';
import { validNextStages } from '../../../bootagent/stages/state-machine/valid-next-stages.ts';
import { STAGES } from '../../../core/contract/stage.ts';
import { parseStatus, type Status, statusText } from '../../../core/contract/status.ts';
import { UpgradeStory } from '../../support/upgrade-story.ts';

/** Every condition that may ever be seen (lifecycle.md §2.3 and §2.4). */
const DOCUMENTED = new Set([
  'Idle=True Idle',
  'Idle=False InProgress',
  'Idle=False Aborting',
  'Idle=False AbortFailed',
  'Idle=False Finalizing',
  'Idle=False FinalizeFailed',
  ...['Prep', 'Upgrade', 'Rollback'].flatMap((stage) => [
    `${stage}InProgress=True InProgress`,
    `${stage}InProgress=False Completed`,
    `${stage}InProgress=False Failed`,
    `${stage}Completed=True Completed`,
    `${stage}Completed=False Failed`,
  ]),
  ...['Idle', 'PrepInProgress', 'UpgradeInProgress', 'RollbackInProgress'].flatMap((type) => [
    `${type}=False InvalidTransition`,
    `${type}=False Blocked`,
  ]),
]);

type Happening =
  | (typeof STAGES)[number]
  | 'ends well'
  | 'fails'
  | 'reboots'
  | 'reconfigured by hand'
  | 'blocked';

/** What can happen to a node that does some work: it ends well, fails, or the machine goes down under it. */
const HAPPENS: Readonly<Record<Work, (story: UpgradeStory, how: 'ends well' | 'fails' | 'reboots') => void>> =
  {
    rest: () => undefined,
    'await-manual-cleanup': () => undefined,
    prep(story, how) {
      if (how === 'ends well') story.prepares();
      else if (how === 'fails') story.fails('Prep', `prep broke at ${story.now.toISOString()}`);
    },
    'upgrade-before-pivot'(story, how) {
      if (how === 'ends well') story.pivots();
      else if (how === 'fails') story.fails('Upgrade', `upgrade broke at ${story.now.toISOString()}`);
    },
    'upgrade-after-pivot'(story, how) {
      if (how === 'ends well') story.upgrades();
      else if (how === 'fails') story.stays('upgrade-completion', `unwell at ${story.now.toISOString()}`);
      else story.fallsBack('uncontrolled', `went down at ${story.now.toISOString()}`);
    },
    'rollback-before-reboot'(story, how) {
      if (how === 'fails') story.fails('Rollback', `rollback broke at ${story.now.toISOString()}`);
      else story.returns();
    },
    'rollback-after-reboot'(story, how) {
      if (how === 'ends well') story.rollsBack();
    },
    abort: cleanUp,
    finalize: cleanUp,
  };

function cleanUp(story: UpgradeStory, how: 'ends well' | 'fails' | 'reboots'): void {
  if (how === 'ends well') {
    story.cleansUp();
    story.afterPivot = false; // the next upgrade starts from here
    story.look();
  } else if (how === 'fails') story.failsToCleanUp(`could not remove x at ${story.now.toISOString()}`);
}

const happening = constantFrom<Happening>(
  ...STAGES,
  ...STAGES,
  'ends well',
  'ends well',
  'ends well',
  'ends well',
  'fails',
  'reboots',
  'reconfigured by hand',
  'blocked',
);

function live(story: UpgradeStory, what: Happening): void {
  switch (what) {
    case 'Idle':
    case 'Prep':
    case 'Upgrade':
    case 'Rollback':
      story.asks(what);
      return;
    case 'reconfigured by hand':
      if (story.request !== null)
        story.asks(story.request.stage, { annotations: { 'lca.openshift.io/manual-cleanup-done': '' } });
      return;
    case 'blocked':
      story.look({ blockedBy: 'IPC is not idle' });
      return;
    case 'ends well':
    case 'fails':
    case 'reboots':
      HAPPENS[story.look().work](story, what);
      return;
    default:
      what satisfies never;
  }
}

function lived(check: (story: UpgradeStory, before: Status, what: Happening) => void): void {
  const lives = array(happening, { minLength: 1, maxLength: 60 });
  const anyLife = property(lives, (life) => {
    const story = new UpgradeStory();
    for (const what of life) {
      const before = story.status;
      live(story, what);
      check(story, before, what);
    }
  });
  assert(anyLife, { numRuns: 400 });
}

test('Whatever is asked and happens, only documented conditions appear.', (t) => {
  t.notThrows(() =>
    lived(({ status }) => {
      for (const { type, status: truth, reason } of status.conditions) {
        const seen = `${type}=${truth} ${reason}`;
        if (!DOCUMENTED.has(seen)) throw new Error(`${seen} is not documented`);
      }
      const types = status.conditions.map(({ type }) => type);
      if (new Set(types).size !== types.length) throw new Error('a condition is there twice');
      if (!types.includes('Idle')) throw new Error('there is no Idle condition');
    }),
  );
});

test('Whatever is asked and happens, at most one stage is in progress, and none at rest.', (t) => {
  t.notThrows(() =>
    lived(({ status }) => {
      const working = status.conditions.filter(
        ({ type, status: truth }) => type.endsWith('InProgress') && truth === 'True',
      );
      const idle = status.conditions.find(({ type }) => type === 'Idle');
      if (working.length > 1) throw new Error(`${working.map(({ type }) => type).join()} at the same time`);
      if (idle?.status === 'True' && working.length > 0) throw new Error('at rest and at work');
    }),
  );
});

test('Whatever is asked and happens, the last condition is the newest transition.', (t) => {
  t.notThrows(() =>
    lived(({ status }) => {
      const times = status.conditions.map(({ lastTransitionTime }) => Date.parse(lastTransitionTime));
      if (Math.max(...times) !== times.at(-1)) throw new Error('an earlier condition is newer');
    }),
  );
});

test('Whatever is asked and happens, the cause of a failure is told until the next Prep.', (t) => {
  t.notThrows(() =>
    lived(({ status }, before) => {
      const told = before.lca.lastFailure;
      const prepBegun = status.history.some(
        ({ stage, startTime }) => stage === 'Prep' && told !== null && startTime > told.time,
      );
      if (told !== null && status.lca.lastFailure === null && !prepBegun)
        throw new Error(`"${told.message}" was lost`);
    }),
  );
});

test('A failed stage carries its cause in its InProgress condition.', (t) => {
  t.notThrows(() =>
    lived(({ status }, before) => {
      const { lastFailure } = status.lca;
      if (lastFailure === null || lastFailure === before.lca.lastFailure) return;
      // a clean-up that failed while the annotation to try again was there already: it is under way once more
      const idle = status.conditions.find(({ type }) => type === 'Idle');
      if (idle?.reason === 'Aborting' || idle?.reason === 'Finalizing') return;
      const carried = status.conditions.some(({ message }) => message === lastFailure.message);
      if (!carried) throw new Error(`no condition says "${lastFailure.message}"`);
    }),
  );
});

test('Whatever is asked and happens, validNextStages is what the table says, and looking again changes nothing.', (t) => {
  t.notThrows(() =>
    lived((story, _before, what) => {
      const { status, request, afterPivot } = story;
      if (status.lca.accepted !== request) return; // an annotation was just spent
      const expected = validNextStages(status, request?.stage ?? 'Idle', afterPivot);
      if (expected.join() !== status.validNextStages.join())
        throw new Error(`${status.validNextStages.join()} is stale`);
      if (what === 'blocked') live(story, what);
      else story.look();
      if (!isDeepStrictEqual(story.status, status)) throw new Error('a second look changed the status');
    }),
  );
});

test('Whatever is asked and happens, status.yaml can be read back.', (t) => {
  t.notThrows(() =>
    lived(({ status }) => {
      if (!isDeepStrictEqual(parseStatus(statusText(status)), status)) throw new Error('status.yaml differs');
    }),
  );
});
