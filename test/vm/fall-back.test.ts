import test from 'ava';
import { upgradeAndComeBack, upgradeFailsHere } from '../support/story/come-back.ts';
import { OWN_DATA, preparedPaths, preparedTarget, withTimeout } from '../support/story/target.ts';

test('(a) when a step of the first boot fails, the node comes back and names the step', async (t) => {
  await using target = await preparedTarget(t.title);
  const { etc } = await preparedPaths(target);
  await target.sh(`mount -o remount,rw /sysroot; touch ${etc}/environment; chattr +i ${etc}/environment`);
  await target.sh('echo https_proxy=http://proxy.example:3128 >> /etc/environment');
  await upgradeAndComeBack(t, target, /postpivot failure.*\/etc\/environment/);
  t.regex(await target.sh('lca why'), /set-proxy-environment/);
});

test('What cannot be put into the new system ends the upgrade before the reboot, and workloads run again', async (t) => {
  await using target = await preparedTarget(t.title);
  const { etc } = await preparedPaths(target);
  await target.sh(`mount -o remount,rw /sysroot; chattr +i ${etc}/hosts`);
  await upgradeFailsHere(t, target, /\/etc\/hosts/);
  t.regex(await target.sh('lca why'), /place-site-files/);
  t.is(
    await target.sh('curl -s --retry 20 --retry-connrefused http://127.0.0.1:8081/data/readings.txt'),
    OWN_DATA.trim(),
  );
});

test('(b) when a required health check fails, the node comes back and names the check', async (t) => {
  await using target = await preparedTarget(t.title);
  await withTimeout(target, 240);
  const check =
    '#!/bin/sh\necho antenna on release $(cat /usr/share/test-host/release)\ntest "$(cat /usr/share/test-host/release)" = 1.0.0\n';
  await target.writeFile('/var/lib/lca/health.d/required.d/antenna', check, '0755');
  await upgradeAndComeBack(t, target, /required\.d\/antenna: exit code 1: antenna on release 2\.0\.0/);
});

test('(c) when the new system has no network, the node comes back and says so', async (t) => {
  await using target = await preparedTarget(t.title);
  await withTimeout(target, 240);
  const { etc } = await preparedPaths(target);
  // as a seed whose systems use another network service
  await target.sh(
    `mount -o remount,rw /sysroot; ln -s /dev/null ${etc}/systemd/system/NetworkManager.service`,
  );
  await upgradeAndComeBack(t, target, /built-in\/network: no IPv4 address, which the old system had/);
});
