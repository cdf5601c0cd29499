import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import test from 'ava';
import { execa } from 'execa';
import { release, zstdFrames } from '../../../core/seedimage/zstd.ts';

const MIB = 1024 * 1024;
const FRAME = 4 * MIB;

async function compressed(content: Buffer, piece: number): Promise<Buffer> {
  const pieces = function* () {
    for (let at = 0; at < content.length; at += piece) yield content.subarray(at, at + piece);
  };
  return Buffer.concat(await Array.fromAsync(zstdFrames(Readable.from(pieces(), { objectMode: false }))));
}

for (const length of [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME + 4711]) {
  test(`${length} bytes come back, by zstd's own program and by ours, however they were cut`, async (t) => {
    const content = Buffer.concat([
      randomBytes(Math.min(length, MIB)),
      Buffer.alloc(Math.max(0, length - MIB), 'lca'),
    ]);
    const blob = await compressed(content, 65_536);
    for (const piece of [1_000_003, FRAME, 20 * MIB]) t.true(blob.equals(await compressed(content, piece)));
    const program = await execa('zstd', ['--decompress', '--stdout'], {
      input: blob,
      encoding: 'buffer',
      maxBuffer: 64 * MIB,
    });
    t.true(Buffer.from(program.stdout).equals(content));
    const chunks: Buffer[] = [];
    await pipeline(Readable.from([blob]), createZstdDecompress({ chunkSize: MIB }), async (decoded) => {
      for await (const chunk of decoded) chunks.push(chunk as Buffer);
    });
    t.true(Buffer.concat(chunks).equals(content));
  });
}

test('Whoever stops reading stops the compressing, and an error of the source comes through', async (t) => {
  let asked = 0;
  const endless = async function* () {
    for (;;) {
      asked += 1;
      yield randomBytes(MIB);
    }
  };
  for await (const frame of zstdFrames(endless())) {
    t.true(frame.length > 0);
    break;
  }
  const before = asked;
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.is(asked, before);
  const broken = async function* () {
    yield randomBytes(FRAME);
    throw new Error('the disk is gone');
  };
  await t.throwsAsync(Array.fromAsync(zstdFrames(broken())), { message: 'the disk is gone' });
});

test('Memory is given back at once where nothing else shares it, and left alone where something does', (t) => {
  const own = Buffer.allocUnsafeSlow(MIB);
  const part = Buffer.alloc(MIB, 'lca').subarray(0, MIB / 2);
  release(own);
  release(part);
  t.is(own.length, 0);
  t.is(part.toString('latin1', 0, 3), 'lca');
});
