import { availableParallelism } from 'node:os';
import type { TransformOptions } from 'node:stream';
import {
  constants,
  createZstdCompress,
  createZstdDecompress,
  type ZstdDecompress,
  type ZstdOptions,
} from 'node:zlib';

/** zstd level 3 beats gzip -6 on both time and size by far (seed-image.md 8.3); 4 to 6 gain 2 % for twice the time. */
const LEVEL = 3;
const MIB = 1024 * 1024;
/** Bytes of a frame before it is compressed. Twice the window of the level: a frame more costs next to nothing. */
const FRAME_BYTES = 4 * MIB;
/** The most bytes that a frame may take when compressed: ZSTD_compressBound. */
const MOST_COMPRESSED = FRAME_BYTES + FRAME_BYTES / 256;
/** Unpacked bytes that wait to be taken. */
const AHEAD_BYTES = 16 * MIB;

/**
 * Compresses bytes into frames of zstd one after the other, which every decoder takes for one stream (RFC 8878, 3): each
 * on its own, so that all cores have a share, and cut by length alone, so that the same bytes give the same output. Each
 * has a checksum of its content. Holds some frames a core in memory, whatever the length; a chunk is done with when the
 * next one is asked for.
 */
export async function* zstdFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const most = availableParallelism();
  const underWay: Promise<Buffer>[] = [];
  for await (const frame of framesOf(chunks)) {
    const compressing = compress(frame).finally(() => release(frame));
    compressing.catch(() => undefined); // thrown where it is awaited, in its turn
    underWay.push(compressing);
    if (underWay.length > most) yield await (underWay.shift() as Promise<Buffer>);
  }
  for (const compressing of underWay) yield await compressing;
}

/**
 * Unpacks 1 MiB at a time; the usual 16 KiB cost a trip to the thread pool each. Works ahead of whoever takes it, so that
 * tar finds something to write when it is through with many small files.
 */
export function zstdDecompressor(): ZstdDecompress {
  const options: ZstdOptions & TransformOptions = { chunkSize: MIB, readableHighWaterMark: AHEAD_BYTES };
  return createZstdDecompress(options);
}

/**
 * Gives the memory of bytes back at once, if no others share it; nobody may use them any more. Left to the garbage
 * collector, megabytes a moment make it run all the time.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0);
}

/** Cuts a stream into pieces of the same length, of which the last may be shorter; one at least, if an empty one. */
async function* framesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let frame = Buffer.allocUnsafeSlow(FRAME_BYTES);
  let filled = 0;
  let isAny = false;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + FRAME_BYTES - filled);
      frame.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < FRAME_BYTES) continue;
      yield frame;
      isAny = true;
      frame = Buffer.allocUnsafeSlow(FRAME_BYTES);
      filled = 0;
    }
  }
  if (filled > 0 || !isAny) yield frame.subarray(0, filled);
}

/**
 * The whole frame in one call that says it is the last, with room for the worst: only then does zstd read and write in
 * place. (`zlib.zstdCompress` tells the end in a second call: zstd copies into a window of its own and takes longer.)
 */
function compress(frame: Buffer): Promise<Buffer> {
  const zstd = createZstdCompress({
    flush: constants.ZSTD_e_end,
    chunkSize: MOST_COMPRESSED,
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  const pieces: Buffer[] = [];
  zstd.on('data', (piece: Buffer) => pieces.push(piece));
  return new Promise<Buffer>((resolve, reject) => {
    zstd.once('error', reject);
    zstd.write(frame, () => {
      zstd.destroy();
      resolve(Buffer.concat(pieces)); // a copy, for a piece keeps the room for the worst
      for (const piece of pieces) release(new Uint8Array(piece.buffer));
    });
  });
}
