import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { RegistryFront } from '../registry-front.ts';
import type { VmNode } from '../vm/node.ts';
import { overheadOf, overheadText } from './overhead.ts';
import { rolledBack, upgraded } from './pivots.ts';
import { registryWithSeed } from './seed-image.ts';
import { dressTarget, ibu, OWN_DATA, USER_KEY } from './target.ts';

/** What makes a node this node. */
const IDENTITY = [
  'hostname',
  'cat /etc/machine-id',
  'ip -4 -o addr show scope global | grep -o "inet [^ ]*"',
  'cat /etc/ssh/ssh_host_*_key.pub',
  'cat /root/.ssh/authorized_keys',
  'readlink /etc/localtime',
  'cat /etc/NetworkManager/system-connections/*',
].join(' && ');

/** Everything of /etc with owner, mode and content, and the data; what systemd rewrites by itself is left out. */
const OLD_SYSTEM = `cd / && find etc var/lib/own-data -xdev \\( -name .updated -o -name 'ld.so.cache' -o -name resolv.conf -o -name adjtime \\) -prune -o \\
  \\( -type f -printf '%p %u %g %m ' -exec sha256sum {} \\; -o -printf '%p %u %g %m %l\\n' \\) | sort`;

/** A registry with the seed, for as long as the test runs. */
export function seedRegistry(t: ExecutionContext): Promise<RegistryFront> {
  return registryOf(t, registryWithSeed);
}

/** A registry for as long as the test runs, made in a directory that goes with it. */
export async function registryOf(
  t: ExecutionContext,
  make: (directory: string) => Promise<RegistryFront>,
): Promise<RegistryFront> {
  const directory = await mkdtemp(join(tmpdir(), 'lca-registry-'));
  const front = await make(directory);
  t.teardown(async () => {
    await front.dispose();
    await rm(directory, { recursive: true, force: true });
  });
  return front;
}

/** Every image of the container storage with its names. */
const IMAGES = "podman images --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}' | sort";

/** Prep, Upgrade with the network off for the registry, Rollback, Idle: the life of an upgrade. */
export async function wholeStory(
  t: ExecutionContext,
  target: VmNode,
  registry: RegistryFront,
): Promise<void> {
  await dressTarget(target);
  // what the seed calls workload:2 is another image here
  await target.sh('podman tag registry.test:5000/workload:1 registry.test:5000/workload:2');
  const images = await target.sh(IMAGES);
  await target.writeFile('/var/lib/lca/ibu.yaml', ibu('Idle'));
  const identity = await target.sh(IDENTITY);
  const before = await target.sh(OLD_SYSTEM, { timeoutMs: 120_000 });
  const commit = await target.sh('ostree admin status');

  const prep = await target.sh('lca prep 2>&1', { timeoutMs: 1_800_000 });
  t.regex(prep, /prep deploy \(6\/11\): done/);
  t.regex(prep, /Prep completed: total: 1 \(pulled: 1, skipped: 0, failed: 0\)/);
  t.is(
    await target.sh('curl -s http://127.0.0.1:8081/data/readings.txt'),
    OWN_DATA.trim(),
    'it went on working',
  );
  t.regex(await target.sh('cat /var/lib/lca/ibu.yaml'), /^# dropped by the site's configuration management/);

  // from here on everything has to be there already
  registry.setReachable(false);
  const status = await upgraded(t, target);
  t.deepEqual([...status.validNextStages], ['Idle', 'Rollback']);
  t.log(overheadText(await overheadOf(target)));
  t.is(await target.sh('cat /usr/share/test-host/release'), '2.0.0', "it runs the seed's commit");
  t.regex(await target.sh('ostree admin status | head -1'), /^\* lca_2\.0\.0 /, 'and that is the default');
  t.is(await target.sh(IDENTITY), identity, 'but it is still this node');
  t.is(
    await target.sh('cat /etc/fleet.conf /var/lib/fleet/model.bin'),
    'colour = blue\nweights',
    "with the seed's files",
  );
  t.is(await target.sh('cat "/etc/name with spaces\nand a newline.conf"'), 'odd');
  t.is(
    (await target.ssh('test -e /etc/test-host-default.conf')).code,
    1,
    'and without what the seed had removed',
  );
  t.is((await target.ssh('test -e /var/roothome/.bash_history')).code, 1, 'and without its secrets');
  t.is(
    await target.sh('curl -s --retry 20 --retry-connrefused http://127.0.0.1:8082/version'),
    '2',
    "the fleet's workload runs",
  );
  t.is(
    await target.sh('curl -s --retry 20 --retry-connrefused http://127.0.0.1:8081/data/readings.txt'),
    OWN_DATA.trim(),
    "and the site's own, with its data",
  );
  t.is(await target.sh('systemctl --failed --no-legend'), '');
  await target.sh('echo changed on the new system >> /var/lib/own-data/readings.txt');

  await rolledBack(t, target);
  t.is(await target.sh('cat /usr/share/test-host/release'), '1.0.0');
  t.is(
    await target.sh(OLD_SYSTEM, { timeoutMs: 120_000 }),
    before,
    'the old system is as it was, bit for bit',
  );
  t.is(await target.sh(IDENTITY), identity);

  t.regex(await target.sh('lca idle 2>&1', { timeoutMs: 600_000 }), /Idle$/);
  t.is(await target.sh('ls /ostree/deploy'), 'lca', 'one stateroot is left');
  t.is(await target.sh('ostree admin status | grep -c Version'), '1');
  t.is(
    commit.match(/[0-9a-f]{64}/)?.[0],
    (await target.sh('ostree admin status')).match(/[0-9a-f]{64}/)?.[0],
  );
  t.is(await target.sh(IMAGES), images, 'without the images pulled for it, every tag as it was');
  t.is((await target.ssh('ls /var/lib/lca/workspace')).code, 2);
  t.regex(await target.sh('cat /root/.ssh/authorized_keys'), new RegExp(USER_KEY.replaceAll('+', '\\+')));
}
