import test, { type ExecutionContext } from 'ava';
import { cleanUp } from '../../../bootagent/agent/clean-up.ts';
import { upgrade } from '../../../bootagent/agent/upgrade.ts';
import { PIVOT_PATH } from '../../../core/contract/paths.ts';
import { HostError } from '../../../core/host/host-error.ts';
import { OTHER_SIDE } from '../../support/fake-attempt.ts';
import { type PreparedNode, preparedNode, REBOOT, upgradeToReboot } from '../../support/prepared-node.ts';

const failing = (what: string) => new HostError('command-failed', `Could not ${what}.`);

/** Nothing is left of the Upgrade: the workload runs, and no boot is the attempt. */
function asItWas(t: ExecutionContext, node: PreparedNode): void {
  t.true(node.works(), 'the workload runs again');
  t.false(node.isArmed(), 'the boot loader is not armed');
  t.false(node.host.files.has(PIVOT_PATH));
  t.false(node.host.files.has(OTHER_SIDE));
}

test('An upgrade that reaches its reboot goes down armed, with its workload at rest.', async (t) => {
  const node = await preparedNode();
  await upgradeToReboot(node);
  t.is(node.rebootsAskedFor(), 1);
  t.true(node.isArmed());
  t.false(node.works());
  t.true(node.host.files.has(OTHER_SIDE));
});

test('A reboot that cannot be asked for ends the upgrade, and everything is taken back, the boot order first.', async (t) => {
  const node = await preparedNode();
  node.host.on(REBOOT, failing('reboot the node: systemctl did not end within 20 s'));
  await upgrade(node.task());
  asItWas(t, node);
  t.like(node.store.current.conditions.at(-1), { type: 'UpgradeInProgress', reason: 'Failed' });
  t.regex(node.store.current.lca.lastFailure?.message ?? '', /reboot the node/);
  const undone = node.messages.filter((message) => message.includes('taken back'));
  t.regex(undone[0] ?? '', /upgrade arm /);
  t.regex(undone.at(-1) ?? '', /upgrade (stop-workloads|note-image-tags) /);
});

test('A new stateroot that cannot be told of the pivot ends the upgrade, and everything is taken back.', async (t) => {
  const node = await preparedNode();
  node.host.on(/^cp .*events\.jsonl/, () => {
    if (node.isArmed()) throw failing('copy events.jsonl: no space left on device');
    return '';
  });
  await upgrade(node.task());
  asItWas(t, node);
  t.is(node.rebootsAskedFor(), 0);
  t.regex(node.store.current.lca.lastFailure?.message ?? '', /no space/);
});

test('A reboot that does not come ends the upgrade, and everything is taken back.', async (t) => {
  const node = await preparedNode();
  await upgrade(node.task());
  t.is(node.rebootsAskedFor(), 1);
  asItWas(t, node);
  t.regex(node.store.current.lca.lastFailure?.message ?? '', /did not reboot/);
});

test('Idle between the last step and the reboot keeps the node up, and takes everything back.', async (t) => {
  const node = await preparedNode();
  const stop = new AbortController();
  node.store.onChange(() => {
    if (node.isArmed() && node.store.current.lca.progress === null)
      stop.abort(new Error('Idle is asked for.'));
  });
  await t.throwsAsync(upgrade(node.task(stop)), { message: 'Idle is asked for.' });
  t.is(node.rebootsAskedFor(), 0);
  t.false(node.works());
  await cleanUp(node.task(), 'abort');
  asItWas(t, node);
  t.like(node.store.current.conditions.at(-1), { type: 'Idle', status: 'True' });
});

test('Idle after the reboot has been asked for disarms what will come up.', async (t) => {
  const node = await preparedNode();
  await upgradeToReboot(node);
  await cleanUp(node.task(), 'abort');
  asItWas(t, node);
});

test('An agent that comes back between arming and the reboot asks for the reboot again, and for nothing else.', async (t) => {
  const node = await preparedNode();
  await upgradeToReboot(node);
  const before = node.host.transcript.length;
  // the node is not well: its workload has been stopped
  node.host.on(/^systemctl is-active .*multi-user/, { exitCode: 3 });
  await upgradeToReboot(node);
  t.is(node.rebootsAskedFor(), 2);
  t.true(node.isArmed());
  const done = node.host.transcript.slice(before).filter((line) => line.startsWith('run '));
  t.deepEqual(
    done.filter((line) => !/^run (cp|findmnt|systemctl start .*reboot)/.test(line)),
    [],
  );
});

test('What cannot be taken back is told, and Idle tries again.', async (t) => {
  const node = await preparedNode();
  node.host.on(REBOOT, failing('reboot the node'));
  node.host.on(/^systemctl start own\.service$/, failing('start own.service'));
  await upgrade(node.task());
  t.false(node.isArmed());
  t.regex(
    node.store.current.lca.lastFailure?.message ?? '',
    /reboot the node\.\nStep stop-workloads .* could not be taken back: .*Could not start own\.service/,
  );
  await cleanUp(node.task(), 'abort');
  const newest = node.store.current.conditions.at(-1);
  t.like(newest, { type: 'Idle', reason: 'AbortFailed' });
  t.regex(newest?.message ?? '', /stop-workloads/);
});
