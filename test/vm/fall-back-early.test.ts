import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { cameBack, upgradeAndComeBack } from '../support/story/come-back.ts';
import { atShutdown, preparedPaths, preparedTarget, withTimeout } from '../support/story/target.ts';
import type { VmNode } from '../support/vm/node.ts';

/** A unit of the new system that runs before the boot agent. */
const early = (execStart: string) => `[Unit]
DefaultDependencies=no
After=local-fs.target
Before=lca-boot.service
[Service]
Type=oneshot
ExecStart=${execStart}
`;

async function addEarlyUnit(target: VmNode, execStart: string): Promise<void> {
  const { etc } = await preparedPaths(target);
  await target.sh('mount -o remount,rw /sysroot');
  await target.writeFile(`${etc}/systemd/system/trouble.service`, early(execStart));
  await target.sh(`mkdir -p ${etc}/systemd/system/sysinit.target.wants`);
  await target.sh(`ln -s ../trouble.service ${etc}/systemd/system/sysinit.target.wants/trouble.service`);
}

test('(c) when the first boot hangs, the init monitor brings the node back in time', async (t) => {
  await using target = await preparedTarget(t.title);
  await withTimeout(target, 120);
  const { etc } = await preparedPaths(target);
  await target.sh('mount -o remount,rw /sysroot');
  await target.writeFile(
    `${etc}/systemd/system/lca-boot.service.d/hang.conf`,
    '[Service]\nExecStartPre=/usr/bin/sleep infinity\n',
  );
  await upgradeAndComeBack(t, target, /LCA Init Monitor timeout, after 2m0s/);
});

test("(d) when the new stateroot's kernel panics, the node comes back", async (t) => {
  await using target = await preparedTarget(t.title);
  await addEarlyUnit(target, "/bin/sh -c 'echo c > /proc/sysrq-trigger'");
  await upgradeAndComeBack(t, target, /Uncontrolled rollback: .*(kernel panicked|boot agent never ran)/);
  t.regex(target.console.text, /Kernel panic - not syncing: sysrq triggered crash/);
});

test('(e) when its initramfs is corrupt, the node comes back and names the file', async (t) => {
  await using target = await preparedTarget(t.title);
  await atShutdown(
    target,
    `mount -o remount,rw /boot
for f in $(grep -l lca_2.0.0 /boot/loader/entries/*.conf | xargs grep -h ^initrd | cut -d' ' -f2); do
  cp --remove-destination /dev/null /boot$f.new; head -c 2000000 /dev/urandom > /boot$f.new; mv /boot$f.new /boot$f
done`,
  );
  await upgradeAndComeBack(t, target, /initramfs.* is not the one of its deployment/);
});

test('(f) when the lca binary is missing there, the node comes back and says so', async (t) => {
  await using target = await preparedTarget(t.title);
  const { var: variable } = await preparedPaths(target);
  await atShutdown(target, `mount -o remount,rw /sysroot\nrm ${variable}/usrlocal/bin/lca`);
  await upgradeAndComeBack(t, target, /\/usr\/local\/bin\/lca is missing in the new stateroot/);
});

/** Moments after arming at which the power goes; the random part is printed, so that a failure can be repeated. */
const MOMENTS = [
  [
    'while the old system goes down',
    /Reached target .*shutdown\.target|Stopping lca-agent|systemd-shutdown/,
    0,
  ],
  // the menu is there when what leads to the new system once has been taken off the record
  ['while the new kernel starts', /Press enter to boot the selected OS/, 8_000],
  ['while the new system starts', /lca-boot|Reached target .*sysinit/i, 12_000],
] as const;

for (const [when, sign, spread] of MOMENTS) {
  test(`(g) when the power is cut ${when}, the node comes back`, async (t) => {
    await using target = await preparedTarget(t.title);
    await target.bootId();
    const after = target.console.position;
    await target.sh('lca upgrade --no-wait');
    await armed(target);
    await target.console.waitFor(sign, { timeoutMs: 300_000, after });
    const pause = Math.floor(Math.random() * spread);
    await delay(pause);
    t.log(`power cut ${pause} ms after ${String(sign)}`);
    await target.powerCut();
    await target.powerOn();
    await cameBack(t, target, /Uncontrolled rollback: .*(power was cut|power cut)/);
  });
}

test('(h) when GRUB cannot write that its order is over, it does not follow it, and the node says so', async (t) => {
  await using target = await preparedTarget(t.title);
  // GRUB writes no file with a hole in it; it reads one all the same
  await atShutdown(target, 'mount -o remount,rw /boot; truncate --size=65536 /boot/grub2/grubenv');
  await upgradeAndComeBack(t, target, /Uncontrolled rollback: .*did not carry out the one-shot boot/);
  t.regex(target.console.text, /sparse file not allowed/);
  // taken back once the status has told of it
  await target.sh(
    'for i in $(seq 60); do grep -q lca_try_entry=1 /boot/grub2/grubenv || exit 0; sleep 1; done; exit 1',
    { timeoutMs: 300_000 },
  );
});

async function armed(target: VmNode): Promise<void> {
  for (let i = 0; i < 600; i += 1) {
    const { stdout } = await target
      .ssh('grep -c lca_try_entry=1 /boot/grub2/grubenv', { timeoutMs: 20_000 })
      .catch(() => ({ stdout: '1' }));
    if (stdout.trim() === '1') return;
    await delay(300);
  }
  throw new Error('The upgrade was not armed.');
}
