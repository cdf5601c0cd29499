import { chmod, chown, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { findEtcChanges } from '../../../builder/etc-changes.ts';
import { RealHost } from '../../../core/host/real-host.ts';
import { makeSysroot } from '../../support/ostree-sysroot.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const host = new RealHost();

test("changes of /etc are ostree's own config-diff, with directories above them and without repetitions", async (t) => {
  const { deployment, path, stateroot } = await makeSysroot(await temporaryDirectory(t));
  const etc = join(deployment, 'etc');
  await writeFile(join(etc, 'changed.conf'), 'changed\n');
  await chmod(join(etc, 'mode.conf'), 0o600);
  await chown(join(etc, 'kept.conf'), 12, 34);
  await rm(join(etc, 'removed.conf'));
  await rm(join(etc, 'removed.d'), { recursive: true });
  await rm(join(etc, 'link.conf'));
  await symlink('changed.conf', join(etc, 'link.conf'));
  await rm(join(etc, 'becomes-plain'), { recursive: true });
  await writeFile(join(etc, 'becomes-plain'), 'plain');
  await mkdir(join(etc, 'new dir/below'), { recursive: true });
  await writeFile(join(etc, 'new dir/below/file'), 'x');

  const { kept, deletions } = await findEtcChanges(host, deployment);
  const { stdout } = await execa('ostree', [
    'admin',
    'config-diff',
    `--sysroot=${path}`,
    `--os=${stateroot}`,
  ]);
  const diff = stdout.split('\n').map((line) => ({ status: line[0], name: line.slice(5) }));
  const ours = kept.map(({ name }) => name.slice('etc/'.length)).filter((name) => name !== '');
  const theirs = diff.filter(({ status }) => status !== 'D').map(({ name }) => name);
  t.deepEqual(
    ours.filter((name) => !theirs.includes(name)),
    [],
    'nothing more than ostree says',
  );
  t.deepEqual(
    theirs.filter((name) => !ours.includes(name)),
    [],
    'nothing less than ostree says',
  );
  t.deepEqual(
    [...deletions].toSorted(),
    diff
      .filter(({ status }) => status === 'D')
      .map(({ name }) => name)
      .toSorted(),
  );
  t.deepEqual(ours, [...new Set(ours)]);
});

test("names that ostree's output cannot tell apart come out right", async (t) => {
  const { deployment } = await makeSysroot(await temporaryDirectory(t), {
    'usr/lib/modules/6.1.0-test/vmlinuz': 'a kernel',
    'usr/lib/modules/6.1.0-test/initramfs.img': 'an initramfs',
    'usr/lib/os-release': 'ID=testos\nPRETTY_NAME=x\n',
    'usr/etc/gone\nA    evil': 'x',
    'usr/etc/dir/stays': 'x',
    boot: '/',
    var: '/',
  });
  const etc = join(deployment, 'etc');
  await rm(join(etc, 'gone\nA    evil'));
  const added = ['new\nD    passwd', ' leading', 'trailing ', 'dir/a\\nb', 'dir/\ttab'];
  for (const name of added) await writeFile(join(etc, name), 'x');
  const { kept, deletions } = await findEtcChanges(host, deployment);
  t.deepEqual(deletions, ['gone\nA    evil']);
  t.deepEqual(
    kept.map(({ name }) => name).toSorted(),
    ['etc', 'etc/dir', ...added.map((name) => `etc/${name}`)].toSorted(),
  );
});

test('an untouched /etc has no changes, only its own directory', async (t) => {
  const { deployment } = await makeSysroot(await temporaryDirectory(t));
  const { kept, deletions } = await findEtcChanges(host, deployment);
  t.deepEqual([kept.map(({ name }) => name), deletions], [['etc'], []]);
});
