import { execFile } from 'node:child_process';
import { lstat, mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import test from 'ava';
import { unitFiles } from '../../../cli/program-files.ts';
import { RealHost } from '../../../core/host/real-host.ts';
import { install } from '../../../core/install/install.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const run = promisify(execFile);
const program = (text: string) => () => Readable.from([Buffer.from(text)]);

test('on an ostree system the program goes where /usr/local leads, and systemd sees the units enabled', async (t) => {
  const root = await temporaryDirectory(t);
  await mkdir(join(root, 'usr'), { recursive: true });
  await symlink('../var/usrlocal', join(root, 'usr/local'));
  await install(new RealHost({ root }), { openProgram: program('#!/bin/true\n'), units: await unitFiles() });

  t.is(await readFile(join(root, 'var/usrlocal/bin/lca'), 'utf8'), '#!/bin/true\n');
  t.is((await stat(join(root, 'var/usrlocal/bin/lca'))).mode & 0o7777, 0o755);
  t.is((await stat(join(root, 'var/lib/lca/objects'))).mode & 0o7777, 0o700);
  const units = ['lca-agent', 'lca-boot', 'lca-watchdog'];
  const { stdout } = await run('systemctl', [`--root=${root}`, 'is-enabled', ...units]);
  t.is(stdout, 'enabled\n'.repeat(units.length));
});

test('what is in place stays untouched, and what differs is replaced', async (t) => {
  const root = await temporaryDirectory(t);
  const host = new RealHost({ root });
  const units = await unitFiles();
  await install(host, { openProgram: program('one'), units });
  const before = await lstat(join(root, 'usr/local/bin/lca'));

  const again = await install(host, { openProgram: program('one'), units });
  t.true(again.every(({ change }) => change === 'unchanged'));
  t.is((await lstat(join(root, 'usr/local/bin/lca'))).ino, before.ino);

  const unit = '/etc/systemd/system/lca-boot.service';
  await writeFile(join(root, unit), 'changed by hand\n');
  const changed = await install(host, { openProgram: program('two'), units });
  t.deepEqual(
    changed.filter(({ change }) => change !== 'unchanged'),
    [
      { path: '/usr/local/bin/lca', change: 'written' },
      { path: unit, change: 'written' },
    ],
  );
  t.is(await readFile(join(root, 'usr/local/bin/lca'), 'utf8'), 'two');
});

test('a link to another unit file is set right', async (t) => {
  const root = await temporaryDirectory(t);
  const host = new RealHost({ root });
  const source = { openProgram: program('one'), units: await unitFiles() };
  const link = join(root, 'etc/systemd/system/multi-user.target.wants/lca-agent.service');
  await mkdir(join(link, '..'), { recursive: true });
  await symlink('/dev/null', link);
  await install(host, source);
  t.is(await readlink(link), '/etc/systemd/system/lca-agent.service');
});

test('a tree that is not there is not made', async (t) => {
  const root = join(await temporaryDirectory(t), 'missing');
  const source = { openProgram: program('one'), units: await unitFiles() };
  await t.throwsAsync(install(new RealHost({ root }), source), { code: 'no-such-root' });
  await t.throwsAsync(stat(root), { code: 'ENOENT' });
});
