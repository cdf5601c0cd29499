import test from 'ava';
import { commit } from '../../../bootagent/pivot/commit.ts';
import { fallBack } from '../../../bootagent/pivot/fall-back.ts';
import { PIVOT_PATH } from '../../../core/contract/paths.ts';
import { type PivotFailure, parsePivot } from '../../../core/contract/pivot.ts';
import { HostError } from '../../../core/host/host-error.ts';
import { readSysroot } from '../../../core/sysroot/sysroot.ts';
import { attempt, memoryBox, nodeRunning } from '../../support/fake-attempt.ts';
import { STAGED } from '../../support/fake-sysroot.ts';
import type { RecordingHost } from '../../support/recording-host.ts';

const FAILURE: PivotFailure = {
  trigger: 'upgrade-completion',
  step: 'prove-health',
  reason: 'the antenna is bent',
  evidence: ['exit code 1'],
  remedy: null,
  at: '2026-01-01T00:05:00Z',
};

class Gone extends Error {}

/** The machine goes down when it is asked to. */
function goesDown(host: RecordingHost): RecordingHost {
  host.sleep = async () => {
    throw new Gone();
  };
  return host;
}

const NEVER = new AbortController().signal;

test('a failure is recorded and the node reboots; the default was the old one all along', async (t) => {
  const host = goesDown(nodeRunning('new', attempt({ state: 'configured' })));
  await t.throwsAsync(fallBack(host, memoryBox(), attempt(), FAILURE, NEVER), { instanceOf: Gone });
  const record = parsePivot(host.files.get(PIVOT_PATH) ?? '');
  t.is(record.state, 'failed');
  t.is(record.failure?.reason, 'the antenna is bent');
  t.true(host.transcript.some((line) => /systemctl .*reboot/.test(line)));
  t.false(host.transcript.some((line) => line.includes('set-default')));
});

test('where the new deployment is the default already, the old one is made it before anything else', async (t) => {
  const host = goesDown(nodeRunning('new', attempt()));
  await host.run(['ostree', 'admin', 'set-default', '1'], { description: 'commit', timeoutMs: 1 });
  host.transcript.length = 0;
  await t.throwsAsync(fallBack(host, memoryBox(), attempt(), FAILURE, NEVER), { instanceOf: Gone });
  const order = host.transcript.filter((line) => /set-default|write .*pivot|reboot/.test(line));
  t.deepEqual(
    order.map((line) =>
      line.split(' ')[0] === 'write' ? 'write' : line.replace(/.*(set-default|reboot).*/, '$1'),
    ),
    ['set-default', 'write', 'reboot'],
  );
});

test('an update that the new system has staged is given up, whether the old one is the default or not', async (t) => {
  for (const isDefault of [true, false]) {
    const host = goesDown(nodeRunning('new', attempt({ state: 'configured' })));
    if (!isDefault)
      await host.run(['ostree', 'admin', 'set-default', '1'], { description: 'commit', timeoutMs: 1 });
    host.file(STAGED, '');
    await t.throwsAsync(fallBack(host, memoryBox(), attempt(), FAILURE, NEVER), { instanceOf: Gone });
    t.false(host.files.has(STAGED));
    const { deployments, booted } = await readSysroot(host);
    t.is(deployments.length, 2);
    t.is(booted.index, 1, 'the old system boots next');
  }
});

test('a full disk and a broken sysroot do not keep the node from rebooting', async (t) => {
  const host = goesDown(nodeRunning('new', attempt()));
  host.writeAtomic = async () => {
    throw new HostError('no-space', 'The disk is full.');
  };
  for (const path of [...host.files.keys()]) if (path.startsWith('/boot/loader')) host.files.delete(path);
  await t.throwsAsync(fallBack(host, memoryBox(), attempt(), FAILURE, NEVER), { instanceOf: Gone });
  t.true(host.transcript.some((line) => /systemctl .*reboot/.test(line)));
});

test('an orderly reboot that does not come is forced', async (t) => {
  const host = nodeRunning('new', attempt());
  let sleeps = 0;
  host.sleep = async () => {
    sleeps += 1;
    if (sleeps > 1) throw new Gone();
  };
  await t.throwsAsync(fallBack(host, memoryBox(), attempt(), FAILURE, NEVER), { instanceOf: Gone });
  t.true(host.transcript.some((line) => line.includes('reboot --force --force')));
});

test('with the trigger switched off the node stays, with the reason on record', async (t) => {
  const pivot = attempt({
    rollback: { postRebootConfig: true, upgradeCompletion: false, initMonitor: true },
  });
  const host = nodeRunning('new', pivot);
  const box = memoryBox();
  t.is(await fallBack(host, box, pivot, FAILURE, NEVER), 'staying');
  t.is(parsePivot(host.files.get(PIVOT_PATH) ?? '').failure?.reason, 'the antenna is bent');
  t.false(host.transcript.some((line) => line.includes('reboot')));
  t.regex(box.messages.join('\n'), /switched off/);
});

test('a commit records its intention before the default changes, and settles the record after', async (t) => {
  const pivot = attempt({ state: 'configured' });
  const host = nodeRunning('new', pivot).file('/etc/lca/on-trial', '');
  await commit(host, pivot);
  t.is((await readSysroot(host)).booted.index, 0);
  t.false(host.files.has(PIVOT_PATH));
  t.false(host.files.has('/etc/lca/on-trial'));
  const order = host.transcript.filter((line) => /write .*pivot|set-default|remove .*pivot/.test(line));
  t.deepEqual(order, [
    'write /var/lib/lca/pivot.json',
    'run ostree admin set-default 1',
    'write /var/lib/lca/last-pivot.json',
    'remove /var/lib/lca/pivot.json',
  ]);
});

test('a commit that did not take is an error', async (t) => {
  const pivot = attempt({ state: 'configured' });
  const host = nodeRunning('new', pivot).on(/set-default/, '');
  await t.throwsAsync(commit(host, pivot), { message: /did not become the default/ });
});

test('the reboot it has asked for is not held up by waiting for it', async (t) => {
  const stop = new AbortController();
  const host = nodeRunning('new', attempt({ state: 'configured' })).on(/^systemctl .*reboot/, () => {
    stop.abort(new Error('Stopped by SIGTERM.'));
    return '';
  });
  await t.throwsAsync(fallBack(host, memoryBox(), attempt(), FAILURE, stop.signal), {
    message: 'Stopped by SIGTERM.',
  });
  t.false(host.transcript.some((line) => line.includes('--force')));
});
