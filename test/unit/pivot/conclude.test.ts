import test from 'ava';
import { findFailedAttempt, settleFailedAttempt } from '../../../bootagent/pivot/conclude.ts';
import { EVENTS_PATH, PIVOT_PATH } from '../../../core/contract/paths.ts';
import { type Pivot, pivotText } from '../../../core/contract/pivot.ts';
import { attempt, memoryBox, NEW, nodeRunning, OTHER_SIDE } from '../../support/fake-attempt.ts';
import type { RecordingHost } from '../../support/recording-host.ts';

const BINARY = `/ostree/deploy/${NEW.stateroot}/var/usrlocal/bin/lca`;
const MODULES = `/ostree/deploy/${NEW.stateroot}/deploy/${'b'.repeat(64)}.0/usr/lib/modules/6.12`;

/** Back in the old stateroot; the other side's record is what is given. */
function backInOld(theirs: Pivot): RecordingHost {
  const host = nodeRunning('old', attempt());
  host.file(OTHER_SIDE, pivotText(theirs)).file(BINARY, 'ELF');
  for (const [own, boot] of [
    ['vmlinuz', 'vmlinuz'],
    ['initramfs.img', 'initramfs.img'],
  ] as const) {
    host.file(`${MODULES}/${own}`, 'same').file(`/boot/ostree/${NEW.stateroot}/${boot}`, 'same');
  }
  return host.on(/^cmp /, '');
}

async function reasonOf(host: RecordingHost): Promise<{ reason: string; step: string; trigger: string }> {
  const found = await findFailedAttempt(host, memoryBox());
  return found?.failure ?? { reason: 'none', step: 'none', trigger: 'none' };
}

test('without a record there is nothing to conclude', async (t) => {
  t.is(await findFailedAttempt(nodeRunning('old', undefined), memoryBox()), undefined);
});

test('the boot that armed the attempt is not its end', async (t) => {
  const host = nodeRunning('old', attempt({ armedBootId: 'boot-of-lca' }));
  t.is(await findFailedAttempt(host, memoryBox()), undefined);
});

test('in the new stateroot nothing is concluded', async (t) => {
  t.is(await findFailedAttempt(nodeRunning('new', attempt()), memoryBox()), undefined);
});

test('the reason that the new stateroot has recorded is the reason', async (t) => {
  const failure = {
    trigger: 'post-reboot-config' as const,
    step: 'set-names',
    reason: 'no host name',
    evidence: [],
    remedy: null,
    at: '2026-01-01T00:01:00Z',
  };
  const told = await reasonOf(backInOld(attempt({ state: 'failed', failure })));
  t.like(told, { trigger: 'post-reboot-config', step: 'set-names', reason: 'no host name' });
});

test('a record of another attempt on the other side is not believed', async (t) => {
  const told = await reasonOf(backInOld(attempt({ nonce: 'another-one', state: 'committed' })));
  t.is(told.step, 'start-kernel');
});

test('a power cut before the old system had gone down is called that', async (t) => {
  const told = await reasonOf(backInOld(attempt({ handedOver: false })));
  t.regex(told.reason, /power was cut.*between arming and the reboot/);
});

test('a boot loader that ignored its order is called that', async (t) => {
  const host = backInOld(attempt()).file('/boot/grub2/grubenv', 'lca_try_entry=1\n');
  t.regex((await reasonOf(host)).reason, /did not carry out the one-shot boot/);
});

test('a missing binary in the new stateroot is named', async (t) => {
  const host = backInOld(attempt());
  host.files.delete(BINARY);
  t.regex((await reasonOf(host)).reason, /\/usr\/local\/bin\/lca is missing in the new stateroot/);
});

test('a damaged initramfs is named', async (t) => {
  const host = backInOld(attempt()).on(/^cmp .*initramfs/, { exitCode: 1 });
  const told = await reasonOf(host);
  t.is(told.step, 'start-kernel');
  t.regex(told.reason, /initramfs\.img is not the one of its deployment/);
});

test('a kernel that left no trace is told apart from a system that had started', async (t) => {
  t.regex((await reasonOf(backInOld(attempt()))).reason, /never reached its boot agent: its kernel panicked/);
  const started = backInOld(attempt())
    .file(`/ostree/deploy/${NEW.stateroot}/var/log/journal/abc/system.journal`, '')
    .on(/^journalctl --directory=/, 'lca-boot.service: Failed to execute\n');
  t.regex((await reasonOf(started)).reason, /started, but its boot agent never ran/);
});

test('a reset in the middle of the first boot names the step', async (t) => {
  const host = backInOld(attempt({ state: 'booted', attemptBootId: 'boot-7' }));
  const line = { time: '2026-01-01T00:02:00.000Z', boot: 'boot-7', stateroot: NEW.stateroot, kind: 'step' };
  host.file(
    `/ostree/deploy/${NEW.stateroot}${EVENTS_PATH}`,
    `${JSON.stringify({ ...line, sequence: 'boot', step: 'restore-site-files', message: 'started' })}\n`,
  );
  const told = await reasonOf(host);
  t.is(told.step, 'restore-site-files');
  t.regex(told.reason, /reset during step restore-site-files/);
});

test('the old stateroot booted by hand after the upgrade was confirmed is no failed boot', async (t) => {
  const told = await reasonOf(backInOld(attempt({ state: 'committed' })));
  t.regex(told.reason, /booted by other means/);
});

test('settling puts the record aside with the reason', async (t) => {
  const host = backInOld(attempt({ handedOver: false }));
  const found = await findFailedAttempt(host, memoryBox());
  if (found === undefined) return t.fail();
  await settleFailedAttempt(host, found);
  t.false(host.files.has(PIVOT_PATH));
  t.regex(host.files.get('/var/lib/lca/last-pivot.json') ?? '', /"state": "rolled-back"/);
  t.is(await findFailedAttempt(host, memoryBox()), undefined);
});
