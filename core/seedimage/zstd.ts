import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib';
import type { Meter } from './digest.ts';

/** zstd level 3 beats gzip -6 on both time and size by far (seed-image.md 8.3); 4 to 6 gain 2 % for twice the time. */
const LEVEL = 3;
const CHUNK = 1024 * 1024;

/** A zstd frame with a checksum of its content. */
export function zstdCompressor(): ZstdCompress {
  return createZstdCompress({
    chunkSize: CHUNK,
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/**
 * Hands bytes to the compressor so that its output depends on the bytes alone: writes of `CHUNK` bytes, each finished
 * before the next, and the end announced on its own. (Node joins the end with the last write if that is still waiting,
 * and zstd then ends its frame in another way.) While one write is compressed the next is collected, so that tar and
 * the compressor work at the same time.
 */
export async function feed(chunks: AsyncIterable<Buffer>, zstd: NodeJS.WritableStream): Promise<void> {
  // tar's pipe gives 64 KiB at most; a trip to the thread pool for each would cost more than it compresses. Two buffers
  // serve all trips, for a write has been taken in when it is acknowledged.
  let collected = Buffer.allocUnsafeSlow(CHUNK);
  let spare = Buffer.allocUnsafeSlow(CHUNK);
  let bytes = 0;
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    await writing;
    const full = collected.subarray(0, bytes);
    writing = new Promise((resolve, reject) => {
      zstd.write(full, (error) => (error ? reject(error) : resolve()));
    });
    writing.catch(() => undefined); // thrown where it is awaited, before the next write
    [collected, spare, bytes] = [spare, collected, 0];
  };
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const copied = chunk.copy(collected, bytes, at);
      at += copied;
      bytes += copied;
      if (bytes === CHUNK) await write();
    }
  }
  if (bytes > 0) await write();
  await writing;
  const ended = once(zstd, 'finish');
  zstd.end();
  await ended;
}

/** Pipes into a meter that fails where its source fails, so that whoever reads it sees the error. */
export function pipelined(from: NodeJS.ReadableStream, to: Meter): Meter {
  pipeline(from, to).catch((error: Error) => to.destroy(error));
  return to;
}
