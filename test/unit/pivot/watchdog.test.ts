import test from 'ava';
import { watchAttempt } from '../../../bootagent/pivot/watchdog.ts';
import { PIVOT_PATH } from '../../../core/contract/paths.ts';
import { parsePivot, pivotText } from '../../../core/contract/pivot.ts';
import { attempt, memoryBox, nodeRunning } from '../../support/fake-attempt.ts';

const QUIET = { ready: async () => undefined, status: async () => undefined, alive: async () => undefined };
const signal = new AbortController().signal;

class Gone extends Error {}

test('at the deadline the node goes back, and the reason names the step under way', async (t) => {
  const host = nodeRunning('new', attempt({ state: 'booted', timeoutSeconds: 300 }));
  host.uptime = 20;
  const sleep = host.sleep.bind(host);
  host.sleep = async (ms) => {
    if (host.transcript.some((line) => line.includes('reboot'))) throw new Gone();
    await sleep(ms);
  };
  await t.throwsAsync(watchAttempt(host, memoryBox(), QUIET, signal), { instanceOf: Gone });
  const { failure } = parsePivot(host.files.get(PIVOT_PATH) ?? '');
  t.is(failure?.trigger, 'init-monitor');
  t.true(host.uptime >= 300);
  t.true(host.uptime < 301);
});

test('a way back that hangs is gone at the deadline, with the reason for which it was begun', async (t) => {
  const failure = {
    trigger: 'upgrade-completion',
    step: 'prove-health',
    reason: 'one or more health checks failed: antenna',
    evidence: [],
    remedy: null,
    at: '2026-01-01T00:00:00Z',
  } as const;
  const pivot = attempt({
    state: 'failed',
    timeoutSeconds: 300,
    failure,
    attemptBootId: 'boot-of-lca_2.0.0',
  });
  const host = nodeRunning('new', pivot);
  const sleep = host.sleep.bind(host);
  host.sleep = async (ms) => {
    if (host.transcript.some((line) => line.includes('reboot'))) throw new Gone();
    await sleep(ms);
  };
  await t.throwsAsync(watchAttempt(host, memoryBox(), QUIET, signal), { instanceOf: Gone });
  t.deepEqual(parsePivot(host.files.get(PIVOT_PATH) ?? '').failure, failure);
});

test('a wall clock that jumps by years changes nothing', async (t) => {
  const host = nodeRunning('new', attempt({ state: 'booted', timeoutSeconds: 300 }));
  host.uptime = 20;
  host.time = new Date('1970-01-01T00:00:00Z');
  const sleep = host.sleep.bind(host);
  host.sleep = async (ms) => {
    await sleep(ms);
    host.time = new Date('2038-01-01T00:00:00Z');
    if (host.uptime > 100) host.files.delete(PIVOT_PATH); // committed
  };
  t.is(await watchAttempt(host, memoryBox(), QUIET, signal), 'settled');
  t.false(host.transcript.some((line) => line.includes('reboot')));
});

test('switched off, it says so and keeps no deadline', async (t) => {
  const pivot = attempt({
    rollback: { postRebootConfig: true, upgradeCompletion: true, initMonitor: false },
  });
  const box = memoryBox();
  t.is(await watchAttempt(nodeRunning('new', pivot), box, QUIET, signal), 'switched-off');
  t.regex(box.messages.join(), /switched off/);
});

test('in the old stateroot, and without a record, there is nothing to watch', async (t) => {
  t.is(await watchAttempt(nodeRunning('old', attempt()), memoryBox(), QUIET, signal), 'nothing-to-watch');
  t.is(await watchAttempt(nodeRunning('new', undefined), memoryBox(), QUIET, signal), 'nothing-to-watch');
});

test('a commit that is under way at the deadline is let through', async (t) => {
  const host = nodeRunning('new', attempt({ state: 'committing', timeoutSeconds: 10 }));
  host.uptime = 50;
  const sleep = host.sleep.bind(host);
  host.sleep = async (ms) => {
    await sleep(ms);
    if (host.uptime > 51) host.file(PIVOT_PATH, pivotText(attempt({ state: 'committed' })));
  };
  t.is(await watchAttempt(host, memoryBox(), QUIET, signal), 'settled');
});

test('it keeps the deadline where /boot is not mounted yet', async (t) => {
  const host = nodeRunning('new', attempt({ state: 'booted', timeoutSeconds: 300 }));
  for (const path of [...host.files.keys()]) if (path.startsWith('/boot/')) host.files.delete(path);
  host.uptime = 20;
  const sleep = host.sleep.bind(host);
  host.sleep = async (ms) => {
    await sleep(ms);
    if (host.uptime > 100) host.files.delete(PIVOT_PATH); // committed
  };
  t.is(await watchAttempt(host, memoryBox(), QUIET, signal), 'settled');
});
