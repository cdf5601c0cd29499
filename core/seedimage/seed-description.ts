import { z } from 'zod';
import { parseSeedInfo, type SeedInfo } from '../contract/seed-info.ts';
import type { Host } from '../host/host.ts';
import { imageName } from '../tools/skopeo.ts';
import type { Digest } from './digest.ts';
import {
  FORMAT,
  LABEL_FORMAT,
  LABEL_INFO,
  LABEL_LAYERS,
  type LayerRecord,
  MEDIA_LAYER_ZSTD,
} from './format.ts';
import { SEED_PARTS, type SeedPart } from './member-rules.ts';
import { CONFIG, type Descriptor, MANIFEST, parseJsonAs } from './oci-layout.ts';
import { SeedImageError } from './seed-image-error.ts';

export interface SeedLayer extends LayerRecord {
  readonly descriptor: Descriptor;
  /** Digest of the uncompressed archive. */
  readonly diffId: string;
}

/** Everything a seed image says of itself without its layers. */
export interface SeedDescription {
  /** As the user wrote it. */
  readonly pullSpec: string;
  /** Digest of the manifest: it covers everything else. */
  readonly digest: Digest;
  /** The pull spec by digest: what to pull, so that it is what was inspected. */
  readonly pinned: string;
  readonly format: number;
  /** As OCI names it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly created: string | undefined;
  readonly info: SeedInfo;
  readonly layers: readonly SeedLayer[];
  /** Bytes to fetch when nothing is there yet. */
  readonly downloadBytes: number;
  /** Bytes each part takes on disk. */
  readonly unpackedBytes: Readonly<Record<SeedPart, number>>;
}

const LAYER_RECORDS = z.array(
  z.looseObject({
    name: z.string().min(1),
    part: z.enum(['ostree', 'etc', 'var', 'metadata']),
    components: z.array(z.string()).default([]),
    unpacked: z.int().min(0),
  }),
);

/**
 * Puts a manifest and its configuration together.
 *
 * @throws SeedImageError `label-missing`, `format-mismatch` (upstream's texts, seed-image.md 6.1), `image-invalid`
 * @throws ContractError if the seed information is not as it should be
 */
export function describeSeed(
  pullSpec: string,
  digest: Digest,
  manifestText: string,
  configText: string,
): SeedDescription {
  const manifest = parseJsonAs(MANIFEST, manifestText, `The manifest of ${pullSpec}`);
  const config = parseJsonAs(CONFIG, configText, `The configuration of ${pullSpec}`);
  const labels = config.config?.Labels ?? {};
  const format = labels[LABEL_FORMAT];
  if (format === undefined) {
    throw new SeedImageError(
      'label-missing',
      `seed image is missing the ${LABEL_FORMAT} label, please build a new image using the latest version of the lca-cli`,
      { remedy: `Check that ${pullSpec} is the seed image; build it with: lca seed create.` },
    );
  }
  if (format !== String(FORMAT)) {
    throw new SeedImageError(
      'format-mismatch',
      `seed image format version mismatch: expected ${FORMAT}, got ${format}`,
      {
        remedy: 'Build the seed image with the same release of lca as runs on this node.',
      },
    );
  }
  const info = parseSeedInfo(need(labels, LABEL_INFO, pullSpec), `label ${LABEL_INFO} of ${pullSpec}`);
  const records = parseJsonAs(
    LAYER_RECORDS,
    need(labels, LABEL_LAYERS, pullSpec),
    `Label ${LABEL_LAYERS} of ${pullSpec}`,
  );
  const diffIds = config.rootfs.diff_ids;
  if (records.length !== manifest.layers.length || diffIds.length !== manifest.layers.length) {
    throw new SeedImageError(
      'image-invalid',
      `The layers of ${pullSpec} are not the ones its label ${LABEL_LAYERS} tells of.`,
    );
  }
  const layers = manifest.layers.map((descriptor, i): SeedLayer => {
    if (descriptor.mediaType !== MEDIA_LAYER_ZSTD) {
      throw new SeedImageError(
        'image-invalid',
        `Layer ${descriptor.digest} of ${pullSpec} is of type ${descriptor.mediaType}, not ${MEDIA_LAYER_ZSTD}.`,
        {
          remedy: 'The image was recompressed on its way; copy it with: skopeo copy --preserve-digests.',
        },
      );
    }
    return { ...(records[i] as LayerRecord), descriptor, diffId: diffIds[i] as string };
  });
  return {
    pullSpec,
    digest,
    pinned: pinnedSpec(pullSpec, digest),
    format: FORMAT,
    architecture: config.architecture,
    created: config.created,
    info,
    layers,
    downloadBytes: manifest.config.size + layers.reduce((sum, layer) => sum + layer.descriptor.size, 0),
    unpackedBytes: unpackedBytes(layers),
  };
}

/** @throws SeedImageError `architecture-mismatch` */
export function checkArchitecture(pullSpec: string, ofSeed: string, ofNode: string): void {
  if (ofSeed === ofNode) return;
  throw new SeedImageError(
    'architecture-mismatch',
    `seed image architecture mismatch: seed=${ofSeed}, node=${ofNode}`,
    { remedy: `Build ${pullSpec} on a seed node with a processor like this one's (${ofNode}).` },
  );
}

/** This machine's architecture in OCI's words. */
export async function nodeArchitecture(host: Host): Promise<string> {
  const { stdout } = await host.run(['uname', '--machine'], {
    description: 'ask for the architecture',
    timeoutMs: 60_000,
  });
  const machine = stdout.trim();
  return { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm', i686: '386' }[machine] ?? machine;
}

/** `registry/name:tag` by digest: `registry/name@sha256:…`. A spec with another transport is left as it is. */
export function pinnedSpec(pullSpec: string, digest: Digest): string {
  const name = imageName(pullSpec);
  if (!name.startsWith('docker://')) return pullSpec;
  const bare = name.slice('docker://'.length);
  const withoutDigest = bare.replace(/@sha256:[0-9a-f]{64}$/, '');
  return `${withoutDigest.replace(/:[^/:]+$/, '')}@${digest}`;
}

function need(labels: Readonly<Record<string, string>>, label: string, pullSpec: string): string {
  const text = labels[label];
  if (text !== undefined) return text;
  throw new SeedImageError('label-missing', `seed image is missing the ${label} label`, {
    remedy: `Check that ${pullSpec} is the seed image; build it with: lca seed create.`,
  });
}

function unpackedBytes(layers: readonly SeedLayer[]): Record<SeedPart, number> {
  const sum = (part: SeedPart) =>
    layers.filter((layer) => layer.part === part).reduce((bytes, layer) => bytes + layer.unpacked, 0);
  return Object.fromEntries(SEED_PARTS.map((part) => [part, sum(part)])) as Record<SeedPart, number>;
}
