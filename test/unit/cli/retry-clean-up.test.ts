import test from 'ava';
import { look } from '../../../bootagent/agent/look.ts';
import { StatusStore } from '../../../bootagent/agent/status-store.ts';
import { cleanUpFailed, failed } from '../../../bootagent/stages/state-machine/outcomes.ts';
import { retryCleanUp } from '../../../cli/retry-clean-up.ts';
import { waitForStage } from '../../../cli/wait-for-stage.ts';
import { editRequest, setSeedImageRef, setStage } from '../../../core/contract/edit-request.ts';
import { readRequest } from '../../../core/contract/image-based-upgrade.ts';
import { createLogger } from '../../../core/log/logger.ts';
import { memoryBox } from '../../support/fake-attempt.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const FAILURE = { step: 'clean-up', message: 'the disk is full', evidence: [], remedy: null };

async function nodeWithFailedCleanUp() {
  const host = new RecordingHost();
  const { store } = await StatusStore.open(host, 'old');
  const agent = { host, store, blackBox: memoryBox(), log: createLogger('test', 'silent') };
  const seed = { version: '2', image: 'registry.example/seed:2', pullSecretRef: null };
  await editRequest(host, [setSeedImageRef(seed), setStage('Prep')]);
  await look(agent, 'old');
  await store.update((status, now) => failed(status, 'Prep', FAILURE, now));
  await editRequest(host, [setStage('Idle')]);
  await look(agent, 'old');
  await store.update((status, now) => cleanUpFailed(status, ['the disk is full'], FAILURE, now));
  return agent;
}

/** What `lca idle` writes. */
const idle = async (host: RecordingHost) =>
  editRequest(host, [...(await retryCleanUp(host)), setStage('Idle')]);

test('Asking for Idle again after a clean-up that failed begins it again, and is said once', async (t) => {
  const agent = await nodeWithFailedCleanUp();
  t.is((await look(agent, 'old')).work, 'await-manual-cleanup');
  await idle(agent.host);
  t.is((await look(agent, 'old')).work, 'abort');
  t.deepEqual((await readRequest(agent.host))?.annotations, {});
  await idle(agent.host);
  t.deepEqual((await readRequest(agent.host))?.annotations, {}, 'nothing has failed now');
});

test('Who waits for it is not told of the earlier failure', async (t) => {
  const { host } = await nodeWithFailedCleanUp();
  const wait = async () =>
    waitForStage(host, await idle(host), {
      since: host.now(),
      seconds: 0.001,
      signal: AbortSignal.timeout(10_000),
    });
  await t.throwsAsync(wait, { code: 'timedOut' });
});
