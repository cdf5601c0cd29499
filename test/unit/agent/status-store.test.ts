import test from 'ava';
import { StatusStore } from '../../../bootagent/agent/status-store.ts';
import { decide } from '../../../bootagent/stages/state-machine/decide.ts';
import { prepCompleted } from '../../../bootagent/stages/state-machine/outcomes.ts';
import { STATUS_PATH } from '../../../core/contract/paths.ts';
import { readStatus, statusText } from '../../../core/contract/status.ts';
import { RecordingHost } from '../../support/recording-host.ts';
import { requestFor, UpgradeStory } from '../../support/upgrade-story.ts';

test('A decision made while a stage’s outcome is being written knows of the outcome and does not undo it.', async (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  const host = new RecordingHost().file(STATUS_PATH, statusText(story.status));
  const { store } = await StatusStore.open(host, 'lca');
  const outcome = store.update((status, now) => prepCompleted(status, 'done', now));
  const decision = await store.decide((status, now) =>
    decide(status, requestFor('Prep'), { afterPivot: false, now }),
  );
  await outcome;
  t.is(decision.work, 'rest');
  const written = await readStatus(host);
  t.true(written.status.conditions.some(({ type, status }) => type === 'PrepCompleted' && status === 'True'));
});

test('A status that does not change is not written.', async (t) => {
  const host = new RecordingHost();
  const { store } = await StatusStore.open(host, 'lca');
  await store.update((status) => ({ ...status }));
  t.deepEqual(host.transcript, []);
});

test('A corrupt status is told as a problem, and the store starts afresh.', async (t) => {
  const host = new RecordingHost().file(STATUS_PATH, '{');
  const { store, problem } = await StatusStore.open(host, 'lca');
  t.regex(problem ?? '', /status\.yaml.* It was set aside as .*\.corrupt-/);
  t.deepEqual(store.current.conditions, []);
});

test('What may be asked for next is written together with the outcome it follows from.', async (t) => {
  const story = new UpgradeStory();
  story.asks('Prep');
  const host = new RecordingHost().file(STATUS_PATH, statusText(story.status));
  const { store } = await StatusStore.open(host, 'lca');
  await store.update((status, now) => prepCompleted(status, 'done', now));
  t.deepEqual((await readStatus(host)).status.validNextStages, ['Idle', 'Upgrade']);
});
