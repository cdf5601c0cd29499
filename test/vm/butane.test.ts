import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import type { Examination, Finding } from '../../bootagent/doctor/examine.ts';
import { igniteDisk, parseIgnition } from '../support/story/ignited-disk.ts';
import { installLca } from '../support/story/nodes.ts';
import { bootNode } from '../support/vm/boot-node.ts';
import type { VmNode } from '../support/vm/node.ts';

const UNIT = '/etc/systemd/system/var-lib-containers.mount';
const LCA = join(import.meta.dirname, '../../bin/lca.js');

async function partitionFinding(
  t: ExecutionContext,
  node: VmNode,
): Promise<{ readonly finding: Finding; readonly code: number }> {
  const { stdout, code } = await node.ssh('lca doctor -o json', { timeoutMs: 120_000 });
  const { findings } = JSON.parse(stdout) as Examination;
  const finding = findings.find(({ check }) => check === 'container-partition');
  t.log(await node.ssh('lca doctor').then((shown) => shown.stdout.split('\n').slice(0, 12).join('\n')));
  if (finding === undefined) throw new Error(`There is no finding on the container partition: ${stdout}`);
  return { finding, code };
}

test('A disk laid out as lca butane says is mounted at boot, and the doctor sees whether it is', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'lca-butane-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const { stdout } = await execa(
    process.execPath,
    [
      ...[LCA, 'butane', 'containers-partition', '--device', '/dev/disk/by-id/virtio-extra'],
      ...['--start-mib', '25000', '--size-mib', '4096', '--label', 'varlibcontainers', '--as', 'ignition'],
    ],
    { stdin: 'ignore' },
  );
  const config = parseIgnition(stdout);
  const extraDisk = join(directory, 'extra.raw');
  await igniteDisk(config, extraDisk);
  await using node = await bootNode({ disk: 'target', extraDisk, log: t.title });
  await installLca(node);
  const [unit] = config.systemd.units;
  t.is(`/etc/systemd/system/${unit.name}`, UNIT);
  await node.writeFile(UNIT, unit.contents);
  await node.reboot();

  t.is(
    await node.sh('readlink -f /dev/disk/by-partlabel/varlibcontainers'),
    await node.sh('findmnt --noheadings --output SOURCE /var/lib/containers'),
  );
  t.regex(await node.sh('findmnt --noheadings --output OPTIONS /var/lib/containers'), /prjquota/);
  const good = await partitionFinding(t, node);
  t.is(good.finding.verdict, 'fine', good.finding.detail);
  t.regex(good.finding.detail, /mounted from \/dev\/disk\/by-partlabel\/varlibcontainers/);
  t.not(good.code, 2, 'nothing stands in the way of an upgrade');

  await node.sh(`rm ${UNIT} /etc/systemd/system/local-fs.target.requires/var-lib-containers.mount`);
  await node.reboot();
  const bad = await partitionFinding(t, node);
  t.is(bad.finding.verdict, 'blocker');
  t.is(bad.code, 2);
  const butane = bad.finding.remedy.split('\n\n')[1] ?? '';
  t.regex(butane, /^variant: fcos/m);
  await node.writeFile('/var/tmp/storage.bu', `${butane}\n`);
  t.regex(
    await node.sh('lca butane /var/tmp/storage.bu'),
    /"path":"\/var\/lib\/containers"/,
    'ready to paste',
  );
});
