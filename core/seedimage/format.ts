import type { SeedPart } from './member-rules.ts';

/** lca's own format. Upstream's is 4; 1 to 3 lived for a month each (seed-image.md 3.2). */
export const FORMAT = 5;

export const LABEL_FORMAT = 'com.openshift.lifecycle-agent.seed_format_version';
export const LABEL_INFO = 'com.openshift.lifecycle-agent.seed_cluster_info';
/** Which layer holds what: JSON, one `LayerRecord` a layer, in the manifest's order. lca's own. */
export const LABEL_LAYERS = 'io.lca.seed.layers';

export const MEDIA_INDEX = 'application/vnd.oci.image.index.v1+json';
export const MEDIA_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const MEDIA_CONFIG = 'application/vnd.oci.image.config.v1+json';
export const MEDIA_LAYER_ZSTD = 'application/vnd.oci.image.layer.v1.tar+zstd';

/** What a layer holds. Kept by the builder from seed to seed, so that the same things stay together. */
export interface LayerRecord {
  /** For people and for the next seed: `package linux-image`, `packages 3`, `etc`, `var 2`. */
  readonly name: string;
  readonly part: SeedPart;
  /** Components of the system whose objects are in here; empty for other parts. */
  readonly components: readonly string[];
  /** Bytes the layer takes on disk when it is unpacked. */
  readonly unpacked: number;
}

/** Files of the part `metadata`, below its directory. */
export const METADATA_FILE = {
  info: 'seed/manifest.json',
  images: 'seed/containers.list',
  /** Paths below /etc that the seed has removed from its commit's defaults, each ended by a NUL byte. */
  deletions: 'seed/etc.deletions',
  origin: 'seed/origin',
  /** A JSON list, in order. */
  kernelArguments: 'seed/kernel-arguments.json',
  /** What was left out and by which rule: JSON. */
  leftOut: 'seed/left-out.json',
} as const;
