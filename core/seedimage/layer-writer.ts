import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Host } from '../host/host.ts';
import { createArchive, isChangedMeanwhile } from '../tools/gnu-tar.ts';
import { type Digest, Meter, Tally } from './digest.ts';
import { type LayerRecord, MEDIA_LAYER_ZSTD } from './format.ts';
import { diskBytes } from './member-rules.ts';
import { blobPath, type Descriptor } from './oci-layout.ts';
import type { ByteName } from './tar-header.ts';
import { type TarListener, type TarMember, TarScanner } from './tar-scanner.ts';
import { release, zstdFrames } from './zstd.ts';

const CHUNK = 1024 * 1024;
/**
 * A layer's archive ends with two blocks of zeros, padded to a record of tar's usual size, whatever size tar writes: so
 * that layers keep the digests that earlier seeds have.
 */
const END = 2 * 512;
const RECORD = 20 * 512;

/** What goes into one layer. */
export interface LayerPlan {
  readonly record: Omit<LayerRecord, 'unpacked'>;
  /** The machine's directory that member names start from. */
  readonly directory: string;
  /** Member names in their order. */
  readonly names: readonly ByteName[];
  readonly modificationTime?: number;
  readonly ownedByRoot?: boolean;
}

export interface WrittenLayer {
  readonly record: LayerRecord;
  readonly descriptor: Descriptor;
  /** Digest of the uncompressed archive. */
  readonly diffId: Digest;
  /** Bytes of the uncompressed archive. */
  readonly archiveBytes: number;
}

export interface LayerWriterOptions {
  /** The OCI layout to write into. */
  readonly layout: string;
  /** Makes something that looks at the content on its way, such as the search for private keys; one a layer. */
  readonly inspect?: () => Pick<TarListener, 'content' | 'contentEnd'>;
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes a layer in one pass: tar → digest → zstd → digest → blob. Nothing is stored twice, nothing is held in memory.
 * The same files give the same bytes. Not flushed to disk: after a crash the whole image is made again.
 *
 * @throws HostError that `isChangedMeanwhile` tells apart if a file was written to or removed under tar's eyes
 */
export async function writeLayer(
  host: Host,
  plan: LayerPlan,
  options: LayerWriterOptions,
): Promise<WrittenLayer> {
  const inspector = options.inspect?.();
  let unpacked = 0;
  const scanner = new TarScanner({
    member: (member: TarMember) => {
      unpacked += diskBytes(member);
    },
    content: (member, piece) => inspector?.content?.(member, piece),
    contentEnd: (member) => inspector?.contentEnd?.(member),
  });
  const tar = await createArchive(host, {
    description: `save ${plan.record.name}`,
    directory: plan.directory,
    names: nameList(plan.names),
    ...(plan.modificationTime === undefined ? {} : { modificationTime: plan.modificationTime }),
    ...(plan.ownedByRoot === undefined ? {} : { ownedByRoot: plan.ownedByRoot }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const archive = new Tally(options.onBytes);
  const compressed = new Meter();
  const temporary = join(
    options.layout,
    'blobs',
    'sha256',
    `.writing-${plan.record.name.replaceAll(/[^A-Za-z0-9.-]/g, '_')}`,
  );
  const scan = async function* (chunks: AsyncIterable<Buffer>) {
    let before = 0;
    for await (const chunk of chunks) {
      scanner.push(chunk);
      const length = archiveLength(scanner.membersEnd);
      if (length > before) yield archive.add(chunk.subarray(0, length - before));
      before += chunk.length;
      release(chunk);
    }
    await tar.done; // before the end is passed on: a failed tar must not look like a short archive
    scanner.end();
    const missing = archiveLength(scanner.membersEnd) - before;
    if (missing > 0) yield archive.add(Buffer.alloc(missing));
  };
  try {
    await Promise.all([
      pipeline(tar.stdout, scan, zstdFrames, compressed),
      host.writeAtomic(temporary, compressed, { durable: false }),
    ]);
  } catch (error) {
    compressed.destroy();
    await tar.done.catch((cause: unknown) => {
      if (isChangedMeanwhile(cause)) throw cause;
    });
    throw error;
  }
  const digest = compressed.digest();
  await host.rename(temporary, blobPath(options.layout, digest), { durable: false });
  return {
    record: { ...plan.record, unpacked },
    descriptor: { mediaType: MEDIA_LAYER_ZSTD, digest, size: compressed.bytes },
    diffId: archive.digest(),
    archiveBytes: archive.bytes,
  };
}

/** Bytes of a layer's archive whose members end there. */
function archiveLength(membersEnd = Number.POSITIVE_INFINITY): number {
  return Math.ceil((membersEnd + END) / RECORD) * RECORD;
}

function nameList(names: readonly ByteName[]): Readable {
  const pieces = function* () {
    let piece = '';
    for (const name of names) {
      piece += `${name}\0`;
      if (piece.length > CHUNK) {
        yield Buffer.from(piece, 'latin1');
        piece = '';
      }
    }
    yield Buffer.from(piece, 'latin1');
  };
  return Readable.from(pieces(), { objectMode: false });
}
