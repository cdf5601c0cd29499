import test from 'ava';
import { handOverOnShutdown } from '../../../bootagent/agent/hand-over.ts';
import { recover } from '../../../bootagent/agent/recover.ts';
import { endRollback } from '../../../bootagent/agent/roll-back.ts';
import { upgrade } from '../../../bootagent/agent/upgrade.ts';
import { setCondition } from '../../../bootagent/stages/state-machine/conditions.ts';
import { JOURNAL_PATH, PIVOT_PATH } from '../../../core/contract/paths.ts';
import { parsePivot } from '../../../core/contract/pivot.ts';
import { HostError } from '../../../core/host/host-error.ts';
import { readSysroot } from '../../../core/sysroot/sysroot.ts';
import { OTHER_SIDE } from '../../support/fake-attempt.ts';
import { type PreparedNode, preparedNode, REBOOT, upgradeToReboot } from '../../support/prepared-node.ts';

const timedOut = (what: string) => new HostError('command-timeout', `Could not ${what}: it timed out.`);
const defaultOf = async ({ host }: PreparedNode) => (await readSysroot(host)).deployments[0]?.stateroot;
const theirs = ({ host }: PreparedNode) => parsePivot(host.files.get(OTHER_SIDE) ?? '');

/** A node whose boot loader knows no one-shot boot: the new deployment becomes the default. */
async function nodeWithoutOneShot(): Promise<PreparedNode> {
  const node = await preparedNode();
  node.host.file('/boot/grub2/grub.cfg', 'blscfg\n');
  return node;
}

test('Without one-shot boot, an upgrade that fails after all makes the old system the default again.', async (t) => {
  const node = await nodeWithoutOneShot();
  node.host.on(REBOOT, timedOut('reboot the node'));
  await upgrade(node.task());
  t.regex(node.host.transcript.join('\n'), /set-default/);
  t.is(await defaultOf(node), 'lca');
  t.true(node.works());
});

test('A set-default that does its work and times out is taken back all the same.', async (t) => {
  const node = await nodeWithoutOneShot();
  const run = node.host.run.bind(node.host);
  let isFirst = true;
  node.host.run = async (argv, options) => {
    const result = await run(argv, options);
    if (!argv.includes('set-default') || !isFirst) return result;
    isFirst = false;
    throw timedOut('make deployment 1 the default');
  };
  await upgrade(node.task());
  t.regex(node.store.current.lca.lastFailure?.message ?? '', /make deployment 1 the default/);
  t.is(await defaultOf(node), 'lca');
  t.false(node.host.files.has(OTHER_SIDE));
});

test('As long as the new system may boot next, it keeps the record by which it would return.', async (t) => {
  const node = await preparedNode();
  node.host.on(REBOOT, timedOut('reboot the node'));
  node.host.on(/^grub-editenv \S+ unset /, timedOut('write the environment block'));
  await upgrade(node.task());
  t.true(node.isArmed());
  t.true(node.works());
  t.false(node.host.files.has(PIVOT_PATH));
  t.like(theirs(node), { state: 'armed', handedOver: false });
  t.regex(node.store.current.lca.lastFailure?.message ?? '', /could not be taken back/);
});

test('A node that goes down hands over an upgrade that is under way, and none that has failed or is called off.', async (t) => {
  const node = await preparedNode();
  const { agent } = node.task();
  node.host.on(/^systemctl is-system-running/, 'stopping\n');
  await upgradeToReboot(node);
  const conditions = [
    ['Idle', 'False', 'Aborting', false],
    ['UpgradeInProgress', 'False', 'Failed', false],
    ['UpgradeInProgress', 'True', 'InProgress', true],
  ] as const;
  for (const [type, is, reason, handsOver] of conditions) {
    await node.store.update((status, now) =>
      setCondition({ ...status, conditions: [] }, type, { status: is, reason, message: '' }, now),
    );
    await handOverOnShutdown(agent);
    t.is(theirs(node).handedOver, handsOver, reason);
  }
});

test('Back in the old system nothing of the upgrade is left to be taken back, whoever led there.', async (t) => {
  for (const back of [recover, endRollback]) {
    const node = await preparedNode();
    await upgradeToReboot(node);
    t.regex(node.host.files.get(JOURNAL_PATH) ?? '', /"upgrade"/);
    node.host.file('/proc/sys/kernel/random/boot_id', 'a-later-boot\n');
    await (back === recover ? recover(node.task().agent) : endRollback(node.task()));
    t.notRegex(node.host.files.get(JOURNAL_PATH) ?? '', /"upgrade"/, back.name);
  }
});
