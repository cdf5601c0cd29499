import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { constants, createZstdDecompress, type ZstdDecompress, zstdCompress } from 'node:zlib';

/** zstd level 3 beats gzip -6 on both time and size by far (seed-image.md 8.3); 4 to 6 gain 2 % for twice the time. */
const LEVEL = 3;
const MIB = 1024 * 1024;
/** Bytes of a frame before it is compressed. Twice the window of the level: a frame more costs next to nothing. */
const FRAME_BYTES = 4 * MIB;

const compressOnce = promisify(zstdCompress);

/**
 * Compresses bytes into frames of zstd one after the other, which every decoder takes for one stream (RFC 8878, 3): each
 * on its own, so that all cores have a share, and cut by length alone, so that the same bytes give the same output. Each
 * has a checksum of its content. Holds some frames a core in memory, whatever the length.
 */
export async function* zstdFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const most = availableParallelism();
  const underWay: Promise<Buffer>[] = [];
  for await (const frame of framesOf(chunks)) {
    const compressing = compress(frame);
    compressing.catch(() => undefined); // thrown where it is awaited, in its turn
    underWay.push(compressing);
    if (underWay.length > most) yield await (underWay.shift() as Promise<Buffer>);
  }
  for (const compressing of underWay) yield await compressing;
}

/** Unpacks 1 MiB at a time; the usual 16 KiB cost a trip to the thread pool each. */
export function zstdDecompressor(): ZstdDecompress {
  return createZstdDecompress({ chunkSize: MIB });
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

function compress(bytes: Uint8Array): Promise<Buffer> {
  return compressOnce(bytes, {
    chunkSize: FRAME_BYTES + MIB, // all of it in one piece, for each piece is a trip to the thread pool
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}
