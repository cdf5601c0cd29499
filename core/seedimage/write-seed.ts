import { join } from 'node:path';
import { type SeedInfo, seedInfoText } from '../contract/seed-info.ts';
import type { Host } from '../host/host.ts';
import type { Digest } from './digest.ts';
import {
  FORMAT,
  LABEL_FORMAT,
  LABEL_INFO,
  LABEL_LAYERS,
  MEDIA_CONFIG,
  MEDIA_MANIFEST,
  METADATA_FILE,
} from './format.ts';
import { type LayerPlan, type LayerWriterOptions, type WrittenLayer, writeLayer } from './layer-writer.ts';
import { PART_PREFIX } from './member-rules.ts';
import { initLayout, writeBlob, writeIndex } from './oci-layout.ts';
import type { SeedMetadata } from './seed-metadata.ts';

/** The image's name inside its layout. */
export const SEED_TAG = 'seed';

/** One layer keeps about one core busy with compressing, but for its beginning and end: three use both all the time. */
const AT_A_TIME = 3;

/** Makes an empty layout; what an interrupted build has left in it is removed. */
export async function startSeed(host: Host, layout: string): Promise<void> {
  await host.remove(layout);
  await initLayout(host, layout);
}

/**
 * Writes layers, a few at a time; the result is in the order of the plans.
 *
 * @throws as `writeLayer`; the first failure stops the others
 */
export async function writeLayers(
  host: Host,
  plans: readonly LayerPlan[],
  options: LayerWriterOptions,
): Promise<readonly WrittenLayer[]> {
  const written: WrittenLayer[] = [];
  const failed = new AbortController();
  const signal =
    options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  const todo = [...plans.entries()];
  const worker = async (): Promise<void> => {
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
      signal.throwIfAborted();
      const [place, plan] = next;
      written[place] = await writeLayer(host, plan, { ...options, signal });
    }
  };
  let first: unknown;
  const stopAll = (error: unknown): void => {
    first ??= error;
    failed.abort(error);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, () => worker().catch(stopAll)));
  if (first !== undefined) throw first;
  return written;
}

/** Writes the layer of the part `metadata`; `scratch` is an empty directory for its files. */
export async function writeMetadata(
  host: Host,
  metadata: SeedMetadata & { readonly info: SeedInfo },
  scratch: string,
  options: LayerWriterOptions,
): Promise<WrittenLayer> {
  const { lca } = metadata.info;
  // The time of the build is in the label alone: here it would make every layer a new one.
  const info = { ...metadata.info, lca: lca === null ? null : { ...lca, created: '' } };
  const files: readonly (readonly [name: string, text: string])[] = [
    [METADATA_FILE.info, seedInfoText(info)],
    [METADATA_FILE.images, metadata.images.map((image) => `${image}\n`).join('')],
    [METADATA_FILE.deletions, metadata.etcDeletions.map((path) => `${path}\0`).join('')],
    [METADATA_FILE.origin, metadata.origin],
    [METADATA_FILE.kernelArguments, `${JSON.stringify(metadata.kernelArguments)}\n`],
    [METADATA_FILE.leftOut, `${JSON.stringify(metadata.leftOut, null, 1)}\n`],
  ];
  await host.makeDirectory(join(scratch, PART_PREFIX.metadata), 0o755);
  for (const [name, text] of files)
    await host.writeAtomic(join(scratch, name), text, { mode: 0o600, durable: false });
  const plan: LayerPlan = {
    record: { name: 'metadata', part: 'metadata', components: [] },
    directory: host.machinePath(scratch),
    names: [PART_PREFIX.metadata, ...files.map(([name]) => name).toSorted()],
    modificationTime: 0,
    ownedByRoot: true,
  };
  return writeLayer(host, plan, options);
}

export interface FinishedSeed {
  readonly digest: Digest;
  /** Bytes of all blobs. */
  readonly bytes: number;
}

/** Puts the layers together: configuration with the labels, manifest, index. From here on the image is whole. */
export async function finishSeed(
  host: Host,
  layout: string,
  layers: readonly WrittenLayer[],
  info: SeedInfo,
  tag: string,
): Promise<FinishedSeed> {
  const created = host.now().toISOString();
  const { lca } = info;
  const labels = {
    [LABEL_FORMAT]: String(FORMAT),
    [LABEL_INFO]: seedInfoText({ ...info, lca: lca === null ? null : { ...lca, created } }),
    [LABEL_LAYERS]: JSON.stringify(layers.map(({ record }) => record)),
  };
  const config = await writeBlob(
    host,
    layout,
    JSON.stringify({
      created,
      architecture: lca?.architecture ?? '',
      os: 'linux',
      config: { Labels: labels },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(({ record }) => ({ created, created_by: `lca seed create: ${record.name}` })),
    }),
  );
  const manifest = await writeBlob(
    host,
    layout,
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_MANIFEST,
      config: { mediaType: MEDIA_CONFIG, ...config },
      layers: layers.map(({ descriptor, record }) => ({
        ...descriptor,
        annotations: { 'org.opencontainers.image.title': record.name },
      })),
      annotations: {
        'org.opencontainers.image.created': created,
        'org.opencontainers.image.title': 'lca seed image',
        'org.opencontainers.image.version': info.seed_cluster_ocp_version,
      },
    }),
  );
  await writeIndex(host, layout, { mediaType: MEDIA_MANIFEST, ...manifest }, tag);
  const bytes =
    config.size + manifest.size + layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  return { digest: manifest.digest, bytes };
}
