import { SEED_INFO_PATH } from '../../../../core/contract/paths.ts';
import { readSeedInfo } from '../../../../core/contract/seed-info.ts';
import type { Host } from '../../../../core/host/host.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { staterootPath } from '../../../../core/sysroot/sysroot.ts';
import { podmanImageIds, tagImage } from '../../../../core/tools/podman-images.ts';
import type { StageContext } from '../../stage-context.ts';
import { preparedSeed } from '../prepared-seed.ts';
import { pulledImages, writePulledImages } from '../pulled-images.ts';

/** A tag of the seed, the image it means there, and the one it means here (undefined: none). */
export interface SeedTag {
  readonly tag: string;
  readonly pullSpec: string;
  /** Ids; `wanted` is undefined if the image is not there. */
  readonly wanted: string | undefined;
  readonly present: string | undefined;
}

/**
 * Images are pulled by digest, but workloads call them by tag: without the tag, podman would ask the registry during the
 * first boot. Tags that the running system has for other images are left alone here: it may still start something by
 * them (see `note-image-tags` of Upgrade).
 */
export const tagImages: Step<StageContext> = {
  name: 'tag-images',
  summary: 'Give the pulled images the tags by which workloads call them',

  async check({ host }) {
    const missing = (await seedTags(host)).filter(isFree);
    const done = missing.length === 0;
    return { done, because: done ? 'no tag is missing' : `${missing.length} tags are missing` };
  },

  async apply({ host }) {
    const added = new Set(await pulledImages(host));
    for (const { tag, pullSpec } of (await seedTags(host)).filter(isFree)) {
      // first on record, so that an abort in between removes it
      await writePulledImages(host, [...added.add(tag)]);
      await tagImage(host, pullSpec, tag);
    }
  },
};

function isFree({ wanted, present }: SeedTag): boolean {
  return wanted !== undefined && present === undefined;
}

/** What the tags of the prepared seed mean there and here. */
export async function seedTags(host: Host): Promise<readonly SeedTag[]> {
  const { stateroot } = await preparedSeed(host);
  const info = await readSeedInfo(host, staterootPath(stateroot) + SEED_INFO_PATH);
  const tags = (info.lca?.images ?? []).flatMap(({ pull_spec, tags: names }) =>
    names.map((tag) => ({ tag, pullSpec: pull_spec })),
  );
  if (tags.length === 0) return [];
  const ids = await podmanImageIds(host);
  return tags.map(({ tag, pullSpec }) => ({
    tag,
    pullSpec,
    wanted: ids.get(pullSpec),
    present: ids.get(tag),
  }));
}
