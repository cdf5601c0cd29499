import { chmod, chown, lstat, mkdir, readFile, readlink, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { RealHost } from '../../../core/host/real-host.ts';
import { openSeed } from '../../../core/seedimage/seed.ts';
import { pullLocal } from '../../../core/tools/ostree.ts';
import { makeSysroot, SMALL_SYSTEM } from '../../support/ostree-sysroot.ts';
import { seedOfSysroot } from '../../support/seed-of-sysroot.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const host = new RealHost();
const NASTY_NAMES = [
  'a file with spaces',
  'new\nline',
  '-dash',
  'tab\t',
  'quote\'"',
  'ünïcode',
  'back\\slash',
  'glob*?[x]',
];

test('a commit comes out of a seed image with every object, and imports with checksums computed again', async (t) => {
  const directory = await temporaryDirectory(t);
  const sysroot = await makeSysroot(directory, {
    ...SMALL_SYSTEM,
    'usr/share/new\nline/x': 'newline in a directory',
  });
  // another commit in the same repository must not come along
  await execa('ostree', [
    `--repo=${sysroot.repository}`,
    'commit',
    '--branch=other',
    `--tree=dir=${directory}/tree/usr/share`,
  ]);
  const made = await seedOfSysroot(host, sysroot, directory);
  const seed = await openSeed(host, made.layout);
  const repo = await seed.unpack('ostree', join(directory, 'unpacked'));

  const target = join(directory, 'target-repo');
  await execa('ostree', [`--repo=${target}`, 'init', '--mode=bare']);
  await pullLocal(host, { from: repo, commit: sysroot.commit, into: target });
  await execa('ostree', [`--repo=${target}`, 'fsck', sysroot.commit]);
  const ls = (at: string) => execa('ostree', [`--repo=${at}`, 'ls', '-R', '-C', '-X', sysroot.commit]);
  t.is((await ls(target)).stdout, (await ls(sysroot.repository)).stdout);
  const { stdout: objects } = await execa('find', [
    join(repo, 'objects'),
    '(',
    '-type',
    'f',
    '-o',
    '-type',
    'l',
    ')',
  ]);
  const { stdout: all } = await execa('find', [
    join(sysroot.repository, 'objects'),
    '(',
    '-type',
    'f',
    '-o',
    '-type',
    'l',
    ')',
  ]);
  t.true(objects.split('\n').length < all.split('\n').length, 'only the one commit is in the image');
});

test('/etc and /var come out as they were: names, owners, modes, times, links, xattrs, ACLs', async (t) => {
  const directory = await temporaryDirectory(t);
  const sysroot = await makeSysroot(directory);
  const data = join(sysroot.staterootPath, 'var', 'lib', 'data');
  await mkdir(data, { recursive: true });
  for (const name of NASTY_NAMES) await writeFile(join(data, name), `content of ${name}`);
  const special = join(data, 'special');
  await writeFile(special, 'x');
  await chown(special, 1234, 4321);
  await chmod(special, 0o2751);
  await utimes(special, 1_000_000_000.25, 1_000_000_000.25);
  await execa('setfattr', ['-n', 'user.note', '-v', 'kept', special]);
  await execa('setfattr', ['-n', 'trusted.note', '-v', 'kept too', special]);
  await execa('setfacl', ['-m', 'u:4711:rw', special]);
  await execa('ln', [special, join(data, 'hard link')]);
  await symlink('/etc/passwd', join(data, 'outward'));
  await mkdir(join(data, 'sticky'));
  await chmod(join(data, 'sticky'), 0o1777);

  const made = await seedOfSysroot(host, sysroot, directory);
  const seed = await openSeed(host, made.layout);
  const target = join(directory, 'target');
  t.is(await seed.unpack('var', target), join(target, 'var'));
  const there = join(target, 'var', 'lib', 'data');
  for (const name of NASTY_NAMES) t.is(await readFile(join(there, name), 'utf8'), `content of ${name}`);
  const stat = await lstat(join(there, 'special'));
  t.deepEqual(
    [stat.uid, stat.gid, stat.mode & 0o7777, stat.nlink],
    [1234, 4321, (await lstat(special)).mode & 0o7777, 2],
  );
  t.is(stat.mtimeMs, 1_000_000_000_250);
  t.is(await readlink(join(there, 'outward')), '/etc/passwd');
  t.is((await lstat(join(there, 'sticky'))).mode & 0o7777, 0o1777);
  const attributes = async (path: string) =>
    (await execa('getfattr', ['-d', '-m', '-', '--absolute-names', '-h', path])).stdout.split('\n').slice(1);
  t.deepEqual(await attributes(join(there, 'special')), await attributes(special));
  const manifest = JSON.parse(await readFile(join(target, 'var/lib/lca/seed/manifest.json'), 'utf8'));
  t.is(manifest.lca.commit, sysroot.commit, "the seed's own files come along as /var/lib/lca/seed");
});

test('unpacking over an older, other tree replaces what is in the way, follows no link, and can be repeated', async (t) => {
  const directory = await temporaryDirectory(t);
  const sysroot = await makeSysroot(directory);
  const etc = join(sysroot.deployment, 'etc');
  await execa(
    'sh',
    [
      '-c',
      'rm becomes-file && echo file > becomes-file && rm becomes-directory && mkdir becomes-directory && echo in > becomes-directory/in && rm -r becomes-plain && echo plain > becomes-plain',
    ],
    { cwd: etc },
  );
  const made = await seedOfSysroot(host, sysroot, directory, {
    deletions: ['removed.conf', 'removed.d', 'was-never-there', 'outward/victim'],
  });

  // the target's deployment has the defaults, and a link that leads out of it
  const target = join(directory, 'target');
  const outside = join(directory, 'outside');
  await execa('cp', ['-a', join(sysroot.deployment, 'usr', 'etc'), join(directory, 'defaults')]);
  await mkdir(target);
  await mkdir(outside);
  await writeFile(join(outside, 'victim'), 'untouched');
  await execa('cp', ['-a', join(directory, 'defaults'), join(target, 'etc')]);
  await symlink(outside, join(target, 'etc', 'outward'));
  await mkdir(join(target, 'etc/app'), { recursive: true });
  await writeFile(join(target, 'etc/app/default-only.conf'), 'default\n');
  await execa('rm', [join(target, 'etc', 'becomes-directory')]);
  await symlink(outside, join(target, 'etc', 'becomes-directory'));

  const seed = await openSeed(host, made.layout);
  for (let i = 0; i < 2; i += 1) {
    await seed.unpack('etc', target);
    await seed.removeDeletions(target);
  }
  t.is(await readFile(join(target, 'etc/becomes-file'), 'utf8'), 'file\n');
  t.is(
    await readFile(join(target, 'etc/app/default-only.conf'), 'utf8'),
    'default\n',
    'defaults beside what changed stay',
  );
  t.is(await readFile(join(target, 'etc/becomes-directory/in'), 'utf8'), 'in\n');
  t.is(await readFile(join(target, 'etc/becomes-plain'), 'utf8'), 'plain\n');
  t.deepEqual(await host.list(outside), ['victim']);
  t.is(await readFile(join(outside, 'victim'), 'utf8'), 'untouched');
  t.is(await host.stat(join(target, 'etc/removed.conf')), undefined);
  t.is(await host.stat(join(target, 'etc/removed.d')), undefined);
  t.deepEqual(await seed.deletions(), [
    '/etc/removed.conf',
    '/etc/removed.d',
    '/etc/was-never-there',
    '/etc/outward/victim',
  ]);
});

test('the same system gives the same layers, whenever and in whatever order its files were made', async (t) => {
  const first = await temporaryDirectory(t);
  const second = await temporaryDirectory(t);
  const a = await makeSysroot(first);
  const b = await makeSysroot(second, Object.fromEntries(Object.entries(SMALL_SYSTEM).toReversed()));
  t.is(a.commit.length, 64);
  const one = await seedOfSysroot(host, a, first);
  const again = await seedOfSysroot(host, a, join(first, 'again'));
  t.deepEqual(
    again.layers.map(({ descriptor }) => descriptor),
    one.layers.map(({ descriptor }) => descriptor),
  );
  const other = await seedOfSysroot(host, b, second);
  const system = (made: typeof one) =>
    made.layers
      .filter(({ record }) => record.name.startsWith('system'))
      .map(({ descriptor }) => descriptor.digest);
  t.true(system(one).length > 0);
  t.deepEqual(system(other), system(one));
});
