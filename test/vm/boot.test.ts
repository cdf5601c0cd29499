import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { CACHE_DIRECTORY } from '../../images/test-host/cache.ts';
import type { Bootloader } from '../../images/test-host/disk.ts';
import { workloadArchive } from '../../images/test-host/workload.ts';
import { RegistryFront } from '../support/registry-front.ts';
import { bootedNode, bootNode, resumeNode, saveNode } from '../support/vm/boot-node.ts';
import type { VmNode } from '../support/vm/node.ts';

/** What a site or lca may add to GRUB's user.cfg: follow the order, once. */
const ONE_SHOT_BLOCK = `if [ -n "\${try_entry}" ]; then
  set default="\${try_entry}"
  set try_entry=
  save_env try_entry
fi
`;

async function registry(t: ExecutionContext): Promise<RegistryFront> {
  const directory = await mkdtemp(join(tmpdir(), 'lca-registry-'));
  const front = await RegistryFront.start({ directory });
  t.teardown(async () => {
    await front.dispose();
    await rm(directory, { recursive: true, force: true });
  });
  return front;
}

test('A target node boots release 1.0.0 from the stateroot lca as itself and no other node', async (t) => {
  await using node = await bootNode({ disk: 'target', name: 'one', ip: '10.0.2.31', log: t.title });
  t.is(await node.sh('hostname'), 'one');
  t.regex(await node.sh('ip -4 -o addr show scope global'), /inet 10\.0\.2\.31\/24/);
  t.regex(await node.sh('ostree admin status'), /^\* lca [0-9a-f]{64}\.0\n\s+Version: 1\.0\.0/m);
  t.regex(
    await node.sh('cat /proc/cmdline'),
    /root=LABEL=root .*console=ttyS0 .*ostree=\/ostree\/boot\.[01]\/lca\//,
  );
  t.is(
    await node.sh('. /usr/lib/os-release; echo $VERSION $(cat /usr/share/test-host/release)'),
    '1.0.0 1.0.0',
  );
  t.regex(await node.sh('cat /etc/machine-id'), /^[0-9a-f]{32}$/);
  t.is(
    await node.sh('systemctl is-active NetworkManager ssh var-lib-containers.mount boot.mount'),
    'active\n'.repeat(4).trim(),
  );
  const mounts = await node.sh(
    'for m in /boot /sysroot /var/lib/containers; do findmnt -no TARGET,FSTYPE,OPTIONS $m; done',
  );
  t.regex(mounts, /^\/boot\s+ext4\s+ro,/m);
  t.regex(mounts, /^\/sysroot\s+xfs\s+ro,/m);
  t.regex(mounts, /^\/var\/lib\/containers\s+xfs\s+rw,.*prjquota/m);
  t.is(
    await node.sh('systemctl show -P What var-lib-containers.mount; systemctl --failed --no-legend'),
    '/dev/vda3',
  );
  t.regex(
    await node.sh('systemctl cat var-lib-containers.mount'),
    /^What=\/dev\/disk\/by-partlabel\/var-lib-containers$/m,
  );
  t.is(
    await node.sh(
      'ls /etc/systemd/system/sysinit.target.wants /etc/test-host-provision 2>/dev/null | grep -c host-prov || true',
    ),
    '0',
  );
  t.regex(node.console.text, /test-host: up boot=\S+ release=1\.0\.0 stateroot=lca hostname=one/);
  t.is(
    await node.sh('ls -d /home /root /opt /srv /mnt /usr/local -1 | xargs -n1 readlink'),
    'var/home\nvar/mnt\nvar/opt\nvar/roothome\nvar/srv\n../var/usrlocal',
  );
});

test('Files go into a node and out of it unchanged, however their names look', async (t) => {
  await using node = await bootedNode({ disk: 'target', log: t.title });
  const directory = await mkdtemp(join(tmpdir(), 'lca-files-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  await node.writeFile('/var/tmp/a b/c.txt', 'text\n', '0600');
  await node.copyOut('/var/tmp/a b', join(directory, 'copy'));
  await node.copyIn(join(directory, 'copy'), '/var/tmp/second, & third');
  t.is(await node.readFile('/var/tmp/second, & third/c.txt'), 'text\n');
  t.is(await node.sh("stat -c '%a %u' '/var/tmp/second, & third/c.txt'"), '600 0');
  t.is(await node.readFile('/var/tmp/missing'), undefined);
  await node.copyIn(process.execPath, '/var/tmp/big');
  t.is(
    await node.sh('stat -c %s /var/tmp/big'),
    String((await import('node:fs')).statSync(process.execPath).size),
  );
});

test('A node pulls and runs a container image from the registry, and nothing once the network is gone', async (t) => {
  const front = await registry(t);
  for (const version of ['1', '2'] as const)
    await front.push(`oci-archive:${await workloadArchive(version)}`, `workload:${version}`);
  const forwards = [{ guest: '10.0.2.100:5000', hostPort: front.port }];
  await using node = await bootedNode({ disk: 'target', forwards, log: t.title });
  const run = 'podman run --rm registry.test:5000/workload:1 cat /www/version';
  t.is(await node.sh(run, { timeoutMs: 300_000 }), '1');
  await node.sh('podman run -d --name web --network host --env PORT=8080 registry.test:5000/workload:1', {
    timeoutMs: 300_000,
  });
  t.is(
    await node.sh('for i in $(seq 30); do curl -sf http://127.0.0.1:8080/version && break; sleep 1; done'),
    '1',
  );
  front.setReachable(false);
  const { code, stderr } = await node.ssh('podman pull --retry 0 registry.test:5000/workload:2', {
    timeoutMs: 300_000,
  });
  t.not(code, 0);
  t.regex(stderr, /registry\.test:5000/);
  t.is(await node.sh(run, { timeoutMs: 300_000 }), '1', 'An image that is there needs no network');
  const { code: outside } = await node.ssh('curl -s --max-time 5 http://10.0.2.2:22');
  t.not(outside, 0, 'The machine that runs the node cannot be reached from it');
});

test('A saved node goes on where it was, as often as wanted, each time on a disk of its own', async (t) => {
  const directory = join(CACHE_DIRECTORY, 'run', `${process.pid}-saved-by-test`);
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const first = await bootedNode({ disk: 'target', log: t.title });
  await first.sh('echo kept >/run/in-memory; echo kept >/var/on-disk');
  const saved = await saveNode(first, directory);
  const bootIds: string[] = [];
  for (const mark of ['first', 'second']) {
    await using node = await resumeNode(saved, { log: `${t.title} ${mark}` });
    bootIds.push(await node.bootId());
    t.is(await node.sh('cat /run/in-memory /var/on-disk'), 'kept\nkept');
    t.is(await node.sh(`test ! -e /var/mark && echo ${mark} >/var/mark && sync && cat /var/mark`), mark);
    const apart = Math.abs(Number(await node.sh('date +%s')) - Date.now() / 1000);
    t.true(apart < 30, 'Its clock is right again');
  }
  t.is(bootIds[0], bootIds[1]);
});

test('A power cut keeps what was flushed and loses what was not', async (t) => {
  await using node = await bootedNode({ disk: 'target', log: t.title });
  await node.sh('echo flushed >/var/flushed; sync; echo lost >/var/not-flushed');
  await node.powerCut();
  t.false(node.isRunning);
  await node.powerOn();
  await node.waitForBoot();
  t.is(await node.sh('cat /var/flushed'), 'flushed');
  t.not(await node.readFile('/var/not-flushed'), 'lost\n');
});

test('Without its cable a node is out of reach but runs on', async (t) => {
  await using node = await bootedNode({ disk: 'target', log: t.title });
  await node.sh(
    'systemd-run --on-active=6 sh -c \'echo "test: still $(cat /sys/class/net/*/carrier | sort | head -1)" >/dev/console\'',
  );
  await node.setNetworkLink(false);
  await node.console.waitFor(/^test: still 0$/m, { timeoutMs: 60_000 });
  await node.setNetworkLink(true);
  t.is(await node.sh('hostname', { timeoutMs: 60_000 }), 'target');
});

for (const bootloader of ['grub', 'extlinux'] as const) {
  test(`With ${bootloader}, a one-shot boot leads to the new stateroot once, and back by itself after a kernel panic`, async (t) => {
    await using node = await bootedNode({ disk: 'target', bootloader, log: t.title });
    await addStateroot(node, 'next');
    await arm(node, bootloader);
    await node.reboot();
    t.is(await stateroot(node), 'lca-next');
    await node.ssh('echo c >/proc/sysrq-trigger', { timeoutMs: 5_000 }).catch(() => undefined);
    await node.waitForBoot();
    t.regex(node.console.text, /Kernel panic - not syncing: sysrq/);
    t.is(await stateroot(node), 'lca', 'The old one is the default, and nobody had to do anything');
  });
}

test('A kernel that panics before its system runs costs a one-shot boot no more than that; set-default commits', async (t) => {
  await using node = await bootedNode({ disk: 'target', log: t.title });
  await addStateroot(node, 'next');
  const entry = '$(grep -l ostree=.*/lca-next/ /boot/loader/entries/*.conf)';
  await node.sh(`mount -o remount,rw /boot; sed -i 's|^options |options rdinit=/missing |' ${entry}`);
  await arm(node, 'grub');
  await node.reboot();
  t.regex(node.console.text, /Kernel panic - not syncing: VFS/);
  t.is(await stateroot(node), 'lca');

  await node.sh(
    `mount -o remount,rw /boot; sed -i 's|rdinit=/missing ||' ${entry}; mount -o remount,ro /boot`,
  );
  await node.sh('ostree admin set-default 1', { timeoutMs: 600_000 });
  await node.reboot();
  t.is(await stateroot(node), 'lca-next');
});

async function stateroot(node: VmNode): Promise<string> {
  return node.sh("sed -n 's|.*ostree=/ostree/boot\\.[01][^/]*/\\([^/]*\\)/.*|\\1|p' /proc/cmdline");
}

/** A second stateroot from the same commit that reboots 2 s after a panic; not the default. */
async function addStateroot(node: VmNode, name: string): Promise<void> {
  const commands = [
    `ostree admin os-init lca-${name}`,
    `ostree admin deploy --os=lca-${name} --not-as-default --no-merge --karg-proc-cmdline --karg=panic=2 test-host/1.0.0`,
    `D=$(ls -d /ostree/deploy/lca-${name}/deploy/*.0)`,
    'mount -o remount,rw /sysroot',
    'cp -a /etc/hostname /etc/machine-id $D/etc/',
    'cp -a /etc/ssh/ssh_host_* $D/etc/ssh/',
    'cp -a /etc/NetworkManager/system-connections/. $D/etc/NetworkManager/system-connections/',
    `mkdir -p /ostree/deploy/lca-${name}/var && cp -a /var/roothome /ostree/deploy/lca-${name}/var/`,
    'sync',
  ];
  await node.sh(commands.join(' && '), { timeoutMs: 600_000 });
}

/** Orders the boot of the second entry, once, the way the boot loader's own documentation says. */
async function arm(node: VmNode, bootloader: Bootloader): Promise<void> {
  await node.sh('mount -o remount,rw /boot');
  if (bootloader === 'grub') {
    await node.writeFile('/boot/grub2/user.cfg', ONE_SHOT_BLOCK);
    await node.sh('grub-editenv /boot/grub2/grubenv set try_entry=1; sync');
  } else {
    // Labels with spaces cannot be ordered: extlinux takes the order for a command line.
    const config = '/boot/syslinux/syslinux.cfg';
    const copy = `awk '/^LABEL/{n++} n==2' ${config} | sed '1s/.*/LABEL try-entry/'`;
    await node.sh(`set -e; copy=$(${copy}); printf '\\n%s\\n' "$copy" >>${config}`);
    await node.sh('extlinux --once=try-entry /boot/syslinux && sync');
  }
}
