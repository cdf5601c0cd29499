import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import test from 'ava';
import { RealHost } from '../../../core/host/real-host.ts';
import { openSeed, SeedImageError } from '../../../core/seedimage/seed.ts';
import { pullLocal } from '../../../core/tools/ostree.ts';
import { makeSysroot } from '../../support/ostree-sysroot.ts';
import { blobFile, withLayer } from '../../support/rewritten-image.ts';
import { seedOfSysroot } from '../../support/seed-of-sysroot.ts';
import { type HandMadeMember, tarBytes } from '../../support/tar-bytes.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const host = new RealHost();

test('a seed with tricks in a layer is refused, naming layer and member, and nothing is unpacked', async (t) => {
  const directory = await temporaryDirectory(t);
  const sysroot = await makeSysroot(directory);
  const made = await seedOfSysroot(host, sysroot, directory);
  const outside = join(directory, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'victim'), 'untouched');
  const through: readonly HandMadeMember[] = [
    { name: 'etc/good', content: 'x' },
    { name: 'etc/link', flag: '2', linkName: outside },
    { name: 'etc/link/victim', content: 'overwritten' },
  ];
  const cases: readonly (readonly [
    layer: string,
    part: 'etc' | 'var',
    members: readonly HandMadeMember[],
    message: RegExp,
  ])[] = [
    [
      'etc',
      'etc',
      through,
      /^Layer etc \(sha256:[0-9a-f]{64}\) is refused: member etc\/link\/victim would be written through a symlink\.$/,
    ],
    [
      'etc',
      'etc',
      [{ name: 'short', pax: { path: '../outside/victim' }, content: 'overwritten' }],
      /member \.\.\/outside\/victim climbs out/,
    ],
    ['etc', 'etc', [{ name: 'etc', flag: '5' }], /member etc comes twice/],
    ['etc', 'etc', [{ name: 'g', flag: 'g', content: '16 path=etc/evil\n' }], /is no archive that lca reads/],
    [
      'var directories',
      'var',
      [{ name: 'var', flag: '2', linkName: outside }],
      /member var must be a directory/,
    ],
  ];
  for (const [place, [layer, part, members, message]] of cases.entries()) {
    const copy = join(directory, `hostile-${place}`);
    await withLayer(made.layout, copy, layer, tarBytes(members));
    const target = join(directory, `target-${place}`);
    await mkdir(target);
    const seed = await openSeed(host, copy);
    await t.throwsAsync(seed.unpack(part, target), { instanceOf: SeedImageError, message });
    t.deepEqual(await host.list(target), [], 'nothing is unpacked');
  }
  t.is(await host.readText(join(outside, 'victim')), 'untouched');
});

test('an object with other content than its name says passes no import', async (t) => {
  const directory = await temporaryDirectory(t);
  const sysroot = await makeSysroot(directory);
  const made = await seedOfSysroot(host, sysroot, directory);
  const layer = made.layers.find(({ record }) => record.components.includes('/usr/bin'));
  const archive = zstdDecompressSync(await readFile(blobFile(made.layout, layer?.descriptor.digest ?? '')));
  const place = archive.indexOf('echo tool');
  t.true(place > 0);
  archive.write('echo evil', place);
  const copy = join(directory, 'hostile');
  await withLayer(made.layout, copy, layer?.record.name ?? '', archive);
  const seed = await openSeed(host, copy);
  const repo = await seed.unpack('ostree', join(directory, 'unpacked'));
  const target = join(directory, 'target');
  await host.run(['ostree', `--repo=${target}`, 'init', '--mode=bare'], {
    description: 'make a repository',
    timeoutMs: 10_000,
  });
  await t.throwsAsync(pullLocal(host, { from: repo, commit: sysroot.commit, into: target }), {
    message: /import commit .*[Cc]orrupt/s,
  });
});
