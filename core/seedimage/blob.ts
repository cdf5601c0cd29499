import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Host } from '../host/host.ts';
import { Meter } from './digest.ts';
import { blobPath, type Descriptor } from './oci-layout.ts';
import { SeedImageError } from './seed-image-error.ts';
import { zstdDecompressor } from './zstd.ts';

/**
 * Checks a blob against its descriptor.
 *
 * @param name the layer's name, for messages
 * @throws SeedImageError `blob-missing`, `blob-truncated`, `digest-mismatch`
 */
export async function verifyBlob(
  host: Host,
  layout: string,
  descriptor: Descriptor,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  await checkSize(host, layout, descriptor, name);
  const meter = new Meter();
  meter.resume();
  await pipeline(
    host.openRead(blobPath(layout, descriptor.digest)),
    meter,
    signal === undefined ? {} : { signal },
  );
  checkMeter(meter, descriptor, name);
}

/** Reads a layer: its blob's digest is known to be right once this has returned. */
export async function readLayer(
  host: Host,
  layout: string,
  layer: { readonly name: string; readonly descriptor: Descriptor; readonly diffId: string },
  take: (chunk: Buffer) => void,
  signal?: AbortSignal,
): Promise<void> {
  await checkSize(host, layout, layer.descriptor, layer.name);
  const compressed = new Meter();
  const archive = new Meter();
  let refused: unknown;
  try {
    await pipeline(
      host.openRead(blobPath(layout, layer.descriptor.digest)),
      compressed,
      zstdDecompressor(),
      archive,
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          try {
            take(chunk);
          } catch (error) {
            refused = error;
            throw error;
          }
        }
      },
      signal === undefined ? {} : { signal },
    );
  } catch (error) {
    signal?.throwIfAborted();
    // A damaged blob mostly shows as nonsense in the archive: say what is really wrong with it.
    await verifyBlob(host, layout, layer.descriptor, layer.name, signal);
    if (refused !== undefined) throw refused;
    throw new SeedImageError(
      'archive-invalid',
      `Layer ${layer.name} (${layer.descriptor.digest}) cannot be decompressed.`,
      {
        cause: error,
      },
    );
  }
  checkMeter(compressed, layer.descriptor, layer.name);
  const diffId = archive.digest();
  if (diffId !== layer.diffId) {
    throw new SeedImageError(
      'digest-mismatch',
      `Layer ${layer.name} (${layer.descriptor.digest}) unpacks to ${diffId} instead of ${layer.diffId}.`,
    );
  }
}

/** The uncompressed archive of a layer that was read and found good before. */
export function openLayer(
  host: Host,
  layout: string,
  descriptor: Descriptor,
  onBytes?: (bytes: number) => void,
): Readable {
  const archive = zstdDecompressor();
  const counter = new Meter(onBytes);
  pipeline(host.openRead(blobPath(layout, descriptor.digest)), counter, archive).catch((error: Error) =>
    archive.destroy(error),
  );
  return archive;
}

async function checkSize(host: Host, layout: string, descriptor: Descriptor, name: string): Promise<void> {
  const stat = await host.stat(blobPath(layout, descriptor.digest));
  if (stat === undefined) {
    throw new SeedImageError('blob-missing', `Layer ${name} (${descriptor.digest}) is missing in ${layout}.`);
  }
  if (stat.size < descriptor.size) {
    throw new SeedImageError(
      'blob-truncated',
      `Layer ${name} (${descriptor.digest}) is cut short: ${stat.size} of ${descriptor.size} bytes.`,
      {
        remedy: 'Pull the seed image again.',
      },
    );
  }
}

function checkMeter(meter: Meter, descriptor: Descriptor, name: string): void {
  const found = meter.digest();
  if (found === descriptor.digest && meter.bytes === descriptor.size) return;
  throw new SeedImageError(
    'digest-mismatch',
    `Layer ${name} (${descriptor.digest}) is damaged: its digest is ${found}.`,
    {
      remedy: 'Pull the seed image again; if that does not help, push it again.',
    },
  );
}
