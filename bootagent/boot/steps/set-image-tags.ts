import { readImageTags } from '../../../core/contract/image-tags.ts';
import type { Step } from '../../../core/sequence/step.ts';
import type { BootContext } from '../boot-context.ts';
import { setImageTags } from '../image-tags.ts';

/** Workloads that call an image by tag are to get the seed's, where the old system had another one under that name. */
export const setImageTagsStep: Step<BootContext> = {
  name: 'set-image-tags',
  summary: 'Set the tags of container images as the seed has them',

  async check({ host }) {
    const done = Object.keys(await readImageTags(host)).length === 0;
    return { done, because: done ? 'no tag means another image here' : 'tags are not yet set' };
  },

  async apply({ host }) {
    await setImageTags(host);
  },
};
