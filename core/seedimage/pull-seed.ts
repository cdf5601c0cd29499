import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { copyImage, type RegistryAccess } from '../tools/skopeo.ts';
import { verifyBlob } from './blob.ts';
import { type Digest, hexOf } from './digest.ts';
import { asSeedImageError } from './inspect-seed.ts';
import { blobPath, MANIFEST, parseJsonAs, readBlobText, readIndex } from './oci-layout.ts';
import type { SeedDescription } from './seed-description.ts';
import { SeedImageError } from './seed-image-error.ts';

export interface PullOptions extends RegistryAccess {
  /** Bytes fetched so far (with those of an earlier, interrupted pull) and bytes in all; about once a second. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const TAG = 'seed';
const POLL_MS = 1_000;

/**
 * Pulls an inspected seed image, by digest, into an OCI layout on this machine. May be killed and run again: complete
 * blobs are kept (their digests are checked again), partial ones are fetched anew.
 *
 * @throws SeedImageError as `inspectSeed`, and `digest-mismatch`, `blob-truncated`, `blob-missing`
 */
export async function pullSeed(
  host: Host,
  description: SeedDescription,
  layout: string,
  options: PullOptions = {},
): Promise<void> {
  const { onProgress, signal, ...access } = options;
  await host.makeDirectory(layout, 0o700);
  const kept = await keepWholeBlobs(host, description, layout, signal);
  const progress = watchProgress(host, description, layout, onProgress);
  try {
    await copyImage(host, {
      from: description.pinned,
      to: `oci:${layout}:${TAG}`,
      source: access,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    throw asSeedImageError(error, description.pullSpec);
  } finally {
    await progress.stop();
  }
  const found = await readIndex(host, layout);
  if (found !== description.digest) {
    throw new SeedImageError(
      'digest-mismatch',
      `The image pulled from ${description.pinned} is another one: ${found}.`,
    );
  }
  await readManifest(host, layout, description.digest);
  for (const { descriptor, name } of description.layers) {
    if (!kept.has(descriptor.digest)) await verifyBlob(host, layout, descriptor, name, signal);
  }
  await host.sync(layout);
  onProgress?.(description.downloadBytes, description.downloadBytes);
}

async function readManifest(host: Host, layout: string, digest: Digest): Promise<void> {
  const manifest = parseJsonAs(MANIFEST, await readBlobText(host, layout, digest), `Manifest ${digest}`);
  await readBlobText(host, layout, manifest.config.digest);
}

/** Removes what an interrupted pull, or the pull of another image, has left; returns the digests of what is whole. */
async function keepWholeBlobs(
  host: Host,
  description: SeedDescription,
  layout: string,
  signal?: AbortSignal,
) {
  const kept = new Set<Digest>();
  for (const name of await host.list(layout)) {
    if (name.startsWith('oci-put-blob')) await host.remove(join(layout, name));
  }
  const wanted = new Map(description.layers.map((layer) => [hexOf(layer.descriptor.digest), layer]));
  for (const name of await host.list(join(layout, 'blobs', 'sha256'))) {
    const layer = wanted.get(name);
    const isWhole =
      layer !== undefined &&
      (await verifyBlob(host, layout, layer.descriptor, layer.name, signal).then(
        () => true,
        () => false,
      ));
    signal?.throwIfAborted();
    if (isWhole) kept.add(layer.descriptor.digest);
    else await host.remove(join(layout, 'blobs', 'sha256', name));
  }
  return kept;
}

/** skopeo prints no bytes when its output is no terminal: look at what it has written so far. */
function watchProgress(
  host: Host,
  description: SeedDescription,
  layout: string,
  onProgress: PullOptions['onProgress'],
) {
  const over = new AbortController();
  const watching = (async () => {
    if (onProgress === undefined) return;
    for (;;) {
      await host.sleep(POLL_MS, over.signal).catch(() => undefined);
      if (over.signal.aborted) return;
      let done = 0;
      for (const { descriptor } of description.layers) {
        done += (await host.stat(blobPath(layout, descriptor.digest)))?.size ?? 0;
      }
      for (const name of await host.list(layout)) {
        if (name.startsWith('oci-put-blob')) done += (await host.stat(join(layout, name)))?.size ?? 0;
      }
      onProgress(Math.min(done, description.downloadBytes), description.downloadBytes);
    }
  })().catch(() => undefined); // a file that vanished between list and stat: only the progress line is lost
  return {
    stop: async () => {
      over.abort();
      await watching;
    },
  };
}
