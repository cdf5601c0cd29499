import test from 'ava';
import { staticGrub } from '../../../bootagent/pivot/bootloader/static-grub.ts';
import { PivotError } from '../../../bootagent/pivot/pivot-error.ts';
import { readSysroot } from '../../../core/sysroot/sysroot.ts';
import { withStaticGrub, withSysroot } from '../../support/fake-sysroot.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const OLD = { stateroot: 'lca', digit: 'a' };
const NEW = { stateroot: 'lca_2.0.0', digit: 'b' };

function node(): RecordingHost {
  return withStaticGrub(withSysroot(new RecordingHost(), [OLD, NEW], 0));
}

test('arming appends a marked block to user.cfg, keeps the rest, and names the entry by its place', async (t) => {
  const host = node().file('/boot/grub2/user.cfg', 'GRUB2_PASSWORD=grub.pbkdf2.sha512.x');
  const { deployments } = await readSysroot(host);
  await staticGrub.arm(host, deployments[1] as (typeof deployments)[1]);
  const text = host.files.get('/boot/grub2/user.cfg') ?? '';
  t.true(text.startsWith('GRUB2_PASSWORD=grub.pbkdf2.sha512.x\n### BEGIN lca'));
  t.regex(host.files.get('/boot/grub2/grubenv') ?? '', /^lca_try_entry=1$/m);
  t.true(await staticGrub.isArmed(host));
});

test("an entry that is not ostree's keeps from arming: it would shift the numbers", async (t) => {
  const host = node().file('/boot/loader/entries/memtest.conf', 'title Memory test\nlinux /memtest\n');
  const { deployments } = await readSysroot(host);
  const error = await t.throwsAsync(staticGrub.arm(host, deployments[1] as (typeof deployments)[1]), {
    instanceOf: PivotError,
  });
  t.regex(error.message, /^\/boot\/loader\/entries\/memtest\.conf is no entry of ostree's/);
  t.false(await staticGrub.isArmed(host));
});

test('the new system is chosen only if the order could be taken off the record', async (t) => {
  const host = node();
  const { deployments } = await readSysroot(host);
  await staticGrub.arm(host, deployments[1] as (typeof deployments)[1]);
  const text = host.files.get('/boot/grub2/user.cfg') ?? '';
  t.regex(text, /if save_env -f \$prefix\/grubenv lca_try_entry; then\n    set default="\$\{lca_chosen\}"/);
});

test('arming twice leaves one block', async (t) => {
  const host = node();
  const { deployments } = await readSysroot(host);
  await staticGrub.arm(host, deployments[1] as (typeof deployments)[1]);
  const once = host.files.get('/boot/grub2/user.cfg');
  await staticGrub.arm(host, deployments[1] as (typeof deployments)[1]);
  t.is(host.files.get('/boot/grub2/user.cfg'), once);
});

test('the order is written after the block that reads it, and both are flushed', async (t) => {
  const host = node();
  const { deployments } = await readSysroot(host);
  await staticGrub.arm(host, deployments[1] as (typeof deployments)[1]);
  const steps = host.transcript.filter((line) => /write|sync|editenv/.test(line));
  t.deepEqual(steps, [
    'write /boot/grub2/user.cfg',
    'sync /boot',
    'run grub-editenv /boot/grub2/grubenv set lca_try_entry=1',
    'sync /boot/grub2/grubenv',
  ]);
});

test('disarming clears the order and leaves the block', async (t) => {
  const host = node();
  const { deployments } = await readSysroot(host);
  await staticGrub.arm(host, deployments[1] as (typeof deployments)[1]);
  await staticGrub.disarm(host);
  t.false(await staticGrub.isArmed(host));
  t.regex(host.files.get('/boot/grub2/user.cfg') ?? '', /BEGIN lca/);
});

for (const [what, spoil, because] of [
  [
    'grub.cfg does not source user.cfg',
    (h: RecordingHost) => h.file('/boot/grub2/grub.cfg', 'blscfg'),
    /does not source user\.cfg/,
  ],
  [
    'there is no grub-editenv',
    (h: RecordingHost) => (h.files.delete('/usr/bin/grub-editenv'), h),
    /grub-editenv is installed/,
  ],
  [
    '/boot is on RAID',
    (h: RecordingHost) => h.on(/^findmnt/, '/dev/md127 ext4'),
    /cannot write its environment block/,
  ],
  [
    '/boot is btrfs',
    (h: RecordingHost) => h.on(/^findmnt/, '/dev/vda3 btrfs'),
    /cannot write its environment block/,
  ],
] as const) {
  test(`the probe says honestly that a one-shot boot is not possible when ${what}`, async (t) => {
    const probe = await staticGrub.probe(spoil(node()));
    t.false(probe.possible);
    t.regex('because' in probe ? probe.because : '', because);
  });
}
