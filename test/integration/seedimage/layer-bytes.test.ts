import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import test from 'ava';
import { execa } from 'execa';
import { RealHost } from '../../../core/host/real-host.ts';
import { digestOf } from '../../../core/seedimage/digest.ts';
import { writeLayer } from '../../../core/seedimage/layer-writer.ts';
import { initLayout } from '../../../core/seedimage/oci-layout.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const host = new RealHost();
const MIB = 1024 * 1024;

/** The archive as tar makes it by itself, with records of its usual 10 KiB. */
async function plainArchive(directory: string, names: readonly string[]): Promise<Buffer> {
  const { stdout } = await execa(
    'tar',
    [
      '--create',
      '--file=-',
      '--format=posix',
      '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
      '--numeric-owner',
      '--xattrs',
      '--xattrs-include=*',
      '--acls',
      '--mtime=@0',
      `--directory=${directory}`,
      '--no-recursion',
      '--',
      ...names,
    ],
    { encoding: 'buffer', maxBuffer: 64 * MIB },
  );
  return Buffer.from(stdout);
}

/** The archive compressed in the plainest way: a frame for every 4 MiB, each in one call, one after another. */
function plainBlob(archive: Buffer): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < archive.length; at += 4 * MIB) {
    const params = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 };
    frames.push(zstdCompressSync(archive.subarray(at, at + 4 * MIB), { chunkSize: 5 * MIB, params }));
  }
  return Buffer.concat(frames);
}

for (const [title, sizes] of [
  ['a single empty file', [0]],
  [
    'many small files, wherever the last of them ends in a record',
    Array.from({ length: 60 }, (_, i) => i * 37),
  ],
  ['files that end with many zeros', [7000, -30_000]],
  ['an end that fills its record exactly', [20 * 512 - 4 * 512 - 2 * 512, 8 * 512]],
  ['several frames, and a piece', [3 * MIB + 12_345, 5 * MIB, -4 * MIB]],
] as const) {
  test(`a layer's bytes are those of plain tar and of frames made one after another: ${title}`, async (t) => {
    const directory = await temporaryDirectory(t);
    const tree = join(directory, 'tree');
    const layout = join(directory, 'layout');
    await mkdir(tree);
    await initLayout(host, layout);
    const names: string[] = [];
    for (const [i, size] of sizes.entries()) {
      const name = `file-${i}`;
      await writeFile(join(tree, name), size < 0 ? Buffer.alloc(-size) : randomBytes(size));
      names.push(name);
      const archive = await plainArchive(tree, names);
      const layer = await writeLayer(
        host,
        {
          record: { name: 'test', part: 'var', components: [] },
          directory: tree,
          names,
          modificationTime: 0,
        },
        { layout },
      );
      t.is(layer.archiveBytes, archive.length, `${names.length} files`);
      t.is(layer.diffId, digestOf(archive));
      t.is(layer.descriptor.digest, digestOf(plainBlob(archive)));
    }
  });
}
