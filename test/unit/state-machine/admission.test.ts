import test from 'ava';
import { generationOf, stageRefusal } from '../../../bootagent/stages/state-machine/admission.ts';
import { conditionOf } from '../../../bootagent/stages/state-machine/conditions.ts';
import { decide, refused } from '../../../bootagent/stages/state-machine/decide.ts';
import { requestTransition } from '../../../bootagent/stages/state-machine/transition.ts';
import { ContractError } from '../../../core/contract/contract-error.ts';
import {
  legibleStage,
  parseRequest,
  type UpgradeRequest,
} from '../../../core/contract/image-based-upgrade.ts';
import { requestFor, UpgradeStory } from '../../support/upgrade-story.ts';

const OTHER_SEED = { version: '4.16.3', image: 'registry.example/seed:4.16.3', pullSecretRef: null };
const REF = { name: 'x', namespace: 'y' };
const ROLLBACK = requestFor('Idle').autoRollbackOnFailure;

const CHANGES: readonly (readonly [field: string, change: Partial<UpgradeRequest>])[] = [
  ['seedImageRef', { seedImageRef: OTHER_SEED }],
  ['oadpContent', { oadpContent: [REF] }],
  ['extraManifests', { extraManifests: [REF] }],
  ['autoRollbackOnFailure', { autoRollbackOnFailure: { ...ROLLBACK, initMonitorTimeoutSeconds: 60 } }],
  ['additionalImages', { additionalImages: REF }],
  ['lca.carryOver', { carryOver: ['/etc/app'] }],
];

for (const [field, change] of CHANGES) {
  test(`spec.${field} may not change while an upgrade is under way.`, (t) => {
    const story = new UpgradeStory();
    story.asks('Prep');
    story.prepares();
    const { work, transition } = story.asks('Upgrade', change);
    t.is(work, 'rest');
    const message = `/var/lib/lca/ibu.yaml: can not change spec.${field} while ibu is in progress.`;
    t.deepEqual(transition, { kind: 'refused', stage: 'Upgrade', message });
    t.is(conditionOf(story.status, 'UpgradeInProgress')?.message, message);
    t.is(story.status.lca.refused?.message, message);
    t.is(story.status.lca.accepted?.stage, 'Prep');

    t.is(story.asks('Upgrade').work, 'upgrade-before-pivot', 'putting it back is enough');
    t.is(story.status.lca.refused, null);
  });

  test(`spec.${field} may change at rest, and on the way to Idle.`, (t) => {
    const story = new UpgradeStory();
    story.asks('Idle', change);
    t.is(story.asks('Prep').work, 'prep');
    t.is(story.asks('Idle', change).work, 'abort');
  });
}

test('The rollback switches are annotations in v1, and those may change at any time.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  story.prepares();
  const autoRollbackOnFailure = { ...ROLLBACK, upgradeCompletion: false };
  t.is(story.asks('Upgrade', { autoRollbackOnFailure }).work, 'upgrade-before-pivot');
});

test('A change of the version alone changes nothing; what both know still may not change.', (t) => {
  for (const [before, after] of [
    ['lca.openshift.io/v1alpha1', 'lca.openshift.io/v1'],
    ['lca.openshift.io/v1', 'lca.openshift.io/v1alpha1'],
  ] as const) {
    const story = new UpgradeStory();
    story.asks('Prep', { apiVersion: before });
    story.prepares();
    const later = { ...ROLLBACK, initMonitorTimeoutSeconds: 60 };
    const refusal = story.asks('Upgrade', { apiVersion: after, autoRollbackOnFailure: later }).transition;
    t.is(refusal.kind, 'refused');
    t.is(story.asks('Upgrade', { apiVersion: after }).work, 'upgrade-before-pivot');
  }
  const preview = new UpgradeStory();
  preview.asks('Prep', { apiVersion: 'lca.openshift.io/v1alpha1' });
  const autoRollbackOnFailure = { ...ROLLBACK, initMonitor: false };
  const { transition } = preview.asks('Prep', {
    apiVersion: 'lca.openshift.io/v1alpha1',
    autoRollbackOnFailure,
  });
  t.is(transition.kind, 'refused', 'in the preview the switches are fields');
});

test('A change in the middle of a stage is refused without stopping the stage.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  t.is(story.asks('Prep', { seedImageRef: OTHER_SEED }).work, 'prep');
  t.is(story.conditions.at(-1), 'PrepInProgress=True InProgress: In progress');
  t.regex(story.status.lca.refused?.message ?? '', /can not change spec.seedImageRef/);
});

test('A file that does not parse is told as a refusal, and what is under way goes on.', (t) => {
  const text =
    'apiVersion: lca.openshift.io/v1\nkind: ImageBasedUpgrade\nmetadata: {name: upgrade}\nspec: {stage: Prep, sed: 1}\n';
  const error = t.throws(() => parseRequest(text), { instanceOf: ContractError });
  const story = new UpgradeStory();
  const facts = { afterPivot: false, now: story.tick() };

  const atRest = refused(story.status, legibleStage(text), error, facts);
  t.is(atRest.work, 'rest');
  t.like(atRest.status.conditions.at(-1), {
    type: 'PrepInProgress',
    status: 'False',
    reason: 'InvalidTransition',
    message: error?.message,
  });
  t.deepEqual(refused(atRest.status, 'Prep', error, { ...facts, now: story.tick() }).status, atRest.status);

  story.asks('Prep');
  const atWork = refused(story.status, 'Prep', error, facts);
  t.is(atWork.work, 'prep');
  t.is(atWork.status.conditions.at(-1)?.reason, 'InProgress');
  t.is(atWork.status.lca.refused?.message, error?.message);
});

test('The generation counts changes of the spec, not of its spelling, annotations or key order.', (t) => {
  const facts = { afterPivot: false, now: new Date() };
  const first = decide(new UpgradeStory().status, requestFor('Idle'), facts).status;
  t.is(first.observedGeneration, 1);
  const same = { ...requestFor('Idle'), annotations: { x: 'y' } };
  t.is(generationOf(first, same), 1);
  t.is(generationOf(first, requestFor('Prep')), 2);
  t.is(generationOf(first, { ...requestFor('Prep'), generation: 7 }), 7, 'an API server counts itself');

  const spec = (text: string) =>
    parseRequest(
      `kind: ImageBasedUpgrade\napiVersion: lca.openshift.io/v1\nmetadata: {name: upgrade}\nspec: ${text}`,
    );
  t.is(
    spec('{stage: Idle, seedImageRef: {version: "4", image: a}}').specHash,
    spec('{seedImageRef: {image: "a", version: "4"}, stage: Idle, oadpContent: }').specHash,
  );
});

test('The cluster door refuses what is not in validNextStages with the documented text.', (t) => {
  const story = new UpgradeStory();
  story.asks('Idle');
  t.is(stageRefusal(story.status, requestFor('Prep')), null);
  t.regex(
    stageRefusal(story.status, requestFor('Upgrade')) ?? '',
    /^the stage transition is not permitted\. Please refer to status\.validNextStages/,
  );
});

test('Prep cannot be aborted from the stateroot that it would remove.', (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  const { transition } = requestTransition(story.status, 'Idle', { afterPivot: true, now: story.tick() });
  t.like(transition, { kind: 'refused', message: 'Transition to Idle not allowed - Rollback first' });
});
