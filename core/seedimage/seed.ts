import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { extractArchive } from '../tools/gnu-tar.ts';
import { initRepository } from '../tools/ostree.ts';
import { openLayer, readLayer } from './blob.ts';
import { MemberRefused, MemberRules, PART_PREFIX, type SeedPart } from './member-rules.ts';
import { MANIFEST, parseJsonAs, readBlobText, readIndex } from './oci-layout.ts';
import { describeSeed, type SeedDescription, type SeedLayer } from './seed-description.ts';
import { SeedImageError } from './seed-image-error.ts';
import { readMetadata, removeDeletions, type SeedMetadata } from './seed-metadata.ts';
import { TarFormatError, type TarListener, type TarMember, TarScanner } from './tar-scanner.ts';

/**
 * The reader's front door. From a pull spec to a new stateroot:
 *
 *     const description = await inspectSeed(host, pullSpec, { authfile });      // nothing pulled yet
 *     await pullSeed(host, description, layout, { authfile, onProgress, signal }); // resumable
 *     const seed = await openSeed(host, layout);
 *     const repo = await seed.unpack('ostree', workspace);                      // then pullLocal(host, { from: repo, … })
 *     await seed.unpack('var', staterootPath);                                  // brings /var/lib/lca/seed along
 *     await seed.unpack('etc', deploymentPath);
 *     await seed.removeDeletions(deploymentPath);
 */
export { inspectSeed } from './inspect-seed.ts';
export type { SeedPart } from './member-rules.ts';
export { type PullOptions, pullSeed } from './pull-seed.ts';
export type { SeedDescription, SeedLayer } from './seed-description.ts';
export { SeedImageError, type SeedImageErrorCode } from './seed-image-error.ts';
export type { LeftOut, SeedMetadata } from './seed-metadata.ts';

/** Where the part `metadata` goes in a stateroot, so that it becomes `/var/lib/lca/seed` there (design.md 3). */
const METADATA_IN_STATEROOT = 'var/lib/lca';

export interface UnpackOptions {
  /** Compressed bytes unpacked so far and in all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A seed image in an OCI layout on this machine. */
export interface Seed {
  readonly description: SeedDescription;
  /** The small files that describe the seed. */
  metadata(): Promise<SeedMetadata>;
  /** What the seed had removed from its commit's /etc, as absolute paths. */
  deletions(): Promise<readonly string[]>;
  /** Removes just that from a deployment, never through a symbolic link; what is not there is fine. */
  removeDeletions(deployment: string): Promise<void>;
  /**
   * Checks every layer of a part (digests, members) without unpacking anything.
   *
   * @throws SeedImageError `member-refused`, `archive-invalid`, `digest-mismatch`, `blob-truncated`, `blob-missing`
   */
  verify(part: SeedPart, signal?: AbortSignal): Promise<void>;
  /**
   * Checks a part, then unpacks it: `etc` to `<directory>/etc` (a deployment), `var` to `<directory>/var` (a
   * stateroot; with it come the seed's manifest and image list, as `/var/lib/lca/seed`), `ostree` makes the directory
   * itself a repository to `pullLocal` from, `metadata` goes to `<directory>/seed`. Owners,
   * modes, extended attributes, ACLs and labels are kept. What is there already is replaced where names meet, so it
   * may be killed and run again.
   *
   * @returns the path of what was unpacked
   * @throws SeedImageError as `verify`; then nothing has been unpacked
   */
  unpack(part: SeedPart, directory: string, options?: UnpackOptions): Promise<string>;
}

/**
 * Opens a pulled seed image. Manifest and configuration are checked against their digests.
 *
 * @param layout an OCI layout's directory, as `pullSeed` or `lca seed create --output oci:DIR` left it
 */
export async function openSeed(host: Host, layout: string): Promise<Seed> {
  const digest = await readIndex(host, layout);
  const manifestText = await readBlobText(host, layout, digest);
  const manifest = parseJsonAs(MANIFEST, manifestText, `Manifest ${digest} in ${layout}`);
  const configText = await readBlobText(host, layout, manifest.config.digest);
  const description = describeSeed(`oci:${layout}`, digest, manifestText, configText);
  const layersOf = (part: SeedPart) => description.layers.filter((layer) => layer.part === part);

  const verify = async (
    part: SeedPart,
    signal?: AbortSignal,
    note?: (m: TarMember) => void,
  ): Promise<void> => {
    const rules = new MemberRules(part);
    const member = (m: TarMember): void => {
      rules.judge(m);
      note?.(m);
    };
    for (const layer of layersOf(part)) await scanLayer(host, layout, layer, { member }, signal);
  };

  const metadata = () =>
    readMetadata(description, (layer, listener) => scanLayer(host, layout, layer, listener));

  const extract = async (
    part: SeedPart,
    directory: string,
    { onProgress, signal }: UnpackOptions,
  ): Promise<string> => {
    const path = part === 'ostree' ? directory : join(directory, PART_PREFIX[part]);
    await host.makeDirectory(directory);
    if (part === 'ostree') await initRepository(host, host.machinePath(directory));
    const layers = layersOf(part);
    const total = layers.reduce((sum, layer) => sum + layer.descriptor.size, 0);
    let done = 0;
    for (const layer of layers) {
      const archive = openLayer(host, layout, layer.descriptor, (bytes) => {
        done += bytes;
        onProgress?.(done, total);
      });
      await extractArchive(host, {
        description: `unpack layer ${layer.name} into ${directory}`,
        into: host.machinePath(directory),
        archive,
        ...(part === 'ostree' ? { stripComponents: PART_PREFIX.ostree.split('/').length } : {}),
        ...(signal === undefined ? {} : { signal }),
      });
    }
    return path;
  };

  return {
    description,
    verify,
    metadata,
    deletions: async () => (await metadata()).etcDeletions.map((path) => `/etc/${path}`),
    removeDeletions: async (deployment) => removeDeletions(host, deployment, (await metadata()).etcDeletions),
    async unpack(part, directory, options = {}) {
      const files: string[] = [];
      await verify(part, options.signal, ({ name, type }) => {
        if (part !== 'ostree' && type !== 'directory') files.push(name);
      });
      await clearTheWay(host, directory, files);
      if (part === 'var') await verify('metadata', options.signal);
      const path = await extract(part, directory, options);
      if (part === 'var')
        await extract('metadata', join(directory, METADATA_IN_STATEROOT), { signal: options.signal });
      await host.sync(directory);
      return path;
    },
  };
}

/**
 * Removes directories that stand where the seed has a file or a link: tar replaces anything else by itself. Nothing
 * is done through a link, since `stat` does not follow the last part and the seed's own parents are directories.
 */
async function clearTheWay(host: Host, directory: string, files: readonly string[]): Promise<void> {
  const inside = host.within(directory);
  for (const name of files) {
    if ((await inside.stat(`/${name}`))?.type === 'directory') await inside.remove(`/${name}`);
  }
}

async function scanLayer(
  host: Host,
  layout: string,
  layer: SeedLayer,
  listener: TarListener,
  signal?: AbortSignal,
): Promise<void> {
  const scanner = new TarScanner(listener);
  try {
    await readLayer(host, layout, layer, (chunk) => scanner.push(chunk), signal);
    scanner.end();
  } catch (error) {
    const subject = `Layer ${layer.name} (${layer.descriptor.digest})`;
    if (error instanceof MemberRefused) {
      throw new SeedImageError('member-refused', `${subject} is refused: ${error.message}.`, {
        cause: error,
        remedy: 'Do not use this image; build the seed again with lca seed create.',
      });
    }
    if (error instanceof TarFormatError) {
      throw new SeedImageError(
        'archive-invalid',
        `${subject} is no archive that lca reads: ${error.message}.`,
        {
          cause: error,
          remedy: 'Do not use this image; build the seed again with lca seed create.',
        },
      );
    }
    throw error;
  }
}
