import { nodePlatform } from '../../../../core/platform/index.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import type { StageContext } from '../../stage-context.ts';
import { pulledImages, writePulledImages } from '../pulled-images.ts';
import { type SeedTag, seedTags } from '../seed-tags.ts';

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
    const store = await (await nodePlatform(host)).imageStore(host);
    const added = new Set(await pulledImages(host));
    for (const { tag, pullSpec } of (await seedTags(host)).filter(isFree)) {
      // first on record, so that an abort in between removes it
      await writePulledImages(host, [...added.add(tag)]);
      await store.tag(pullSpec, tag);
    }
  },
};

function isFree({ wanted, present }: SeedTag): boolean {
  return wanted !== undefined && present === undefined;
}
