import type { SeedInfo } from '../core/contract/seed-info.ts';
import type { Host } from '../core/host/host.ts';
import type { Platform, StoredImage } from '../core/platform/platform.ts';
import type { WrittenLayer } from '../core/seedimage/layer-writer.ts';
import type { SeedLayer } from '../core/seedimage/seed-description.ts';
import type { LeftOut } from '../core/seedimage/seed-metadata.ts';
import type { FinishedSeed } from '../core/seedimage/write-seed.ts';
import type { RegistryAccess } from '../core/tools/skopeo.ts';
import type { NodeLayout } from './node-layout.ts';

/** What the user asked for, decided. */
export interface SeedRequest {
  /** Where to push; also the image's name when it is only written to a directory. */
  readonly pullSpec: string;
  readonly registry: RegistryAccess;
  /** Write the image into this directory (an OCI layout) instead of pushing it. */
  readonly outputDirectory: string | undefined;
  /** An earlier seed image whose layers to keep together. */
  readonly previous: string | undefined;
  /** Version of the seed; else the commit's own. */
  readonly version: string | undefined;
  readonly allowPrivateKeys: readonly string[];
  /** lca's own process on the node, whose container is not to be stopped. */
  readonly ownProcess: number;
}

/** What every step sees. `findings` is what earlier steps of this run have found and made. */
export interface SeedContext {
  readonly host: Host;
  /** Where skopeo runs: the node, or this container if the node has none. */
  readonly registryHost: Host;
  readonly request: SeedRequest;
  readonly node: NodeLayout;
  /** The OCI layout being written. */
  readonly layout: string;
  /** Bytes saved so far, for progress lines. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
  readonly findings: Findings;
}

export interface Findings {
  isFit?: boolean;
  info?: SeedInfo;
  origin?: string;
  images?: readonly StoredImage[];
  previous?: readonly SeedLayer[];
  /** The layout has been begun: from here on the directory holds nothing but this image. */
  isWriting?: boolean;
  isQuiet?: boolean;
  /** The cluster has been asked whether a seed can be made of it; and cleaned. */
  isClusterFit?: boolean;
  isClusterClean?: boolean;
  /** What the platform leaves out of seeds. */
  exclusions?: Platform['exclusions'];
  /** Where all crypto has been replaced by expired one: keys there are nobody's. */
  expiredCrypto?: readonly string[];
  system?: readonly WrittenLayer[];
  etc?: SavedTree & { readonly deletions: readonly string[] };
  var?: SavedTree;
  imagesLeftOut?: readonly LeftOut[];
  finished?: FinishedSeed;
  pushed?: boolean;
}

export interface SavedTree {
  readonly layers: readonly WrittenLayer[];
  readonly leftOut: readonly LeftOut[];
  /** Absolute paths of files that hold private keys and may not. */
  readonly privateKeys: readonly string[];
}

/**
 * A finding that an earlier step must have made.
 *
 * @throws Error if the plan's order is broken
 */
export function found<Key extends keyof Findings>(findings: Findings, key: Key): NonNullable<Findings[Key]> {
  const value = findings[key];
  if (value === undefined)
    throw new Error(`The seed's "${key}" is not known yet: the order of the plan is broken.`);
  return value;
}
