import test, { type ExecutionContext } from 'ava';
import { cleanUp } from '../../../bootagent/agent/clean-up.ts';
import { StatusStore } from '../../../bootagent/agent/status-store.ts';
import { WORKSPACE } from '../../../bootagent/stages/workspace.ts';
import { JOURNAL_PATH } from '../../../core/contract/paths.ts';
import { createLogger } from '../../../core/log/logger.ts';
import { Journal } from '../../../core/sequence/journal.ts';
import { memoryBox, nodeRunning } from '../../support/fake-attempt.ts';
import { requestFor } from '../../support/upgrade-story.ts';

const RECORD = `${WORKSPACE.directory}/stopped-workloads.json`;

/** A node whose Upgrade was called off after these containers had been stopped. */
async function calledOff(t: ExecutionContext, ...containers: readonly string[]) {
  const host = nodeRunning('old', undefined)
    .file('/usr/bin/podman', '')
    .file(RECORD, JSON.stringify(containers.map((name) => ({ kind: 'container', name }))))
    .on(/^ostree admin undeploy/, '')
    .on(/^(ostree|grub2-editenv|chattr|podman (images|ps)) ?/, '')
    .on(/^podman start /, '');
  const journal = new Journal(host, JOURNAL_PATH);
  await journal.open('upgrade', 'key');
  await journal.mark('upgrade', 'stop-workloads', 'applied');
  const { store } = await StatusStore.open(host, 'lca');
  const blackBox = memoryBox();
  const agent = { host, store, blackBox, log: createLogger('test', 'silent') };
  const options = { agent, request: requestFor('Idle'), signal: new AbortController().signal };
  const idle = () => store.current.conditions.find(({ type }) => type === 'Idle');
  t.timeout(60_000);
  return { host, journal, blackBox, idle, abort: () => cleanUp(options, 'abort') };
}

test('Workloads that did not start are still on record when Idle is tried again', async (t) => {
  const { host, journal, idle, abort } = await calledOff(t, 'own', 'other');
  host.on(/^podman start own$/, { exitCode: 125 }).on(/^podman container exists own$/, '');
  await abort();
  t.like(idle(), { status: 'False', reason: 'AbortFailed' });
  t.regex(idle()?.message ?? '', /could be started again: own \(/);
  t.true(host.files.has(RECORD));
  t.is(await journal.keyOf('upgrade'), 'key');
  t.true(host.transcript.includes('run podman start other'), 'the other one runs again');

  host.transcript.length = 0;
  host.on(/^podman start own$/, '');
  await abort();
  t.like(idle(), { status: 'True' });
  t.true(host.transcript.includes('run podman start own'));
  t.false(host.files.has(RECORD));
  t.is(await journal.keyOf('upgrade'), undefined);
});

test('A container that no longer exists does not stand in the way of Idle', async (t) => {
  const { host, blackBox, idle, abort } = await calledOff(t, 'passing');
  host.on(/^podman start passing$/, { exitCode: 125 }).on(/^podman container exists/, { exitCode: 1 });
  await abort();
  t.like(idle(), { status: 'True' });
  t.true(blackBox.messages.some((message) => message.startsWith('passing is not started again')));
});

test('Volumes whose policy could not be given back are still on record when Idle is tried again', async (t) => {
  const { host, idle, abort } = await calledOff(t);
  host.file(WORKSPACE.protectedVolumes, '');
  await abort();
  t.like(idle(), { status: 'False', reason: 'AbortFailed' });
  t.true(host.files.has(WORKSPACE.protectedVolumes));
  await host.remove(WORKSPACE.protectedVolumes);
  await abort();
  t.like(idle(), { status: 'True' });
  t.is(await host.stat(WORKSPACE.directory), undefined);
});
