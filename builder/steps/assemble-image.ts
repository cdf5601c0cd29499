import type { SeedInfo } from '../../core/contract/seed-info.ts';
import type { StoredImage } from '../../core/platform/platform.ts';
import type { WrittenLayer } from '../../core/seedimage/layer-writer.ts';
import { finishSeed, SEED_TAG, writeMetadata } from '../../core/seedimage/write-seed.ts';
import type { Step } from '../../core/sequence/step.ts';
import { BuilderError } from '../builder-error.ts';
import { found, type SeedContext } from '../seed-context.ts';
import { SCRATCH_DIRECTORY } from '../work-directory.ts';

/** Makes an image of the layers, unless one of them holds what must not leave the node. */
export const assembleImage: Step<SeedContext> = {
  name: 'assemble-image',
  summary: 'Assemble the image',

  async check({ findings: { finished } }) {
    return {
      done: finished !== undefined,
      because: finished === undefined ? 'it is not assembled yet' : `it is ${finished.digest}`,
    };
  },

  async apply({ host, request, layout, findings, signal }) {
    const etc = found(findings, 'etc');
    const data = found(findings, 'var');
    const system = found(findings, 'system');
    refusePrivateKeys([...etc.privateKeys, ...data.privateKeys]);
    const images = found(findings, 'images');
    const info = withSizes(
      found(findings, 'info'),
      { ostree: system, etc: etc.layers, var: data.layers },
      images,
    );
    const metadata = await writeMetadata(
      host,
      {
        info,
        images: images.map(({ pullSpec }) => pullSpec),
        etcDeletions: etc.deletions,
        origin: findings.origin ?? '',
        kernelArguments: info.lca?.kernel_arguments ?? [],
        leftOut: [...etc.leftOut, ...data.leftOut, ...(findings.imagesLeftOut ?? [])],
      },
      SCRATCH_DIRECTORY,
      { layout, signal },
    );
    const layers = [...system, ...etc.layers, ...data.layers, metadata];
    findings.finished = await finishSeed(host, layout, layers, info, SEED_TAG);
    if (request.outputDirectory !== undefined) await host.sync(layout);
  },
};

function refusePrivateKeys(paths: readonly string[]): void {
  if (paths.length === 0) return;
  throw new BuilderError(
    'private-keys',
    `No image was made, because private keys would be in it: ${paths.join(', ')}.`,
    {
      remedy:
        'Remove them from the node, or allow each that targets may share with --allow-private-key PATH.',
    },
  );
}

function withSizes(
  info: SeedInfo,
  parts: Readonly<Record<string, readonly WrittenLayer[]>>,
  stored: readonly StoredImage[],
): SeedInfo {
  if (info.lca === null) return info;
  const sizes = Object.entries(parts).map(([part, layers]) => {
    const compressed = layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
    const unpacked = layers.reduce((sum, { record }) => sum + record.unpacked, 0);
    return [part, { compressed, unpacked }] as const;
  });
  const images = stored.map(({ pullSpec, tags, size }) => ({ pull_spec: pullSpec, tags: [...tags], size }));
  return {
    ...info,
    lca: { ...info.lca, image_count: images.length, images, sizes: Object.fromEntries(sizes) },
  };
}
