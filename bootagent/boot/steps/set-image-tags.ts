import type { Step } from '../../../core/sequence/step.ts';
import type { BootContext } from '../boot-context.ts';
import { areImageTagsSet, setImageTags } from '../image-tags.ts';

/** Workloads that call an image by tag are to get the seed's, where the old system had another one under that name. */
export const setImageTagsStep: Step<Pick<BootContext, 'host'>> = {
  name: 'set-image-tags',
  summary: 'Set the tags of container images as the seed has them',

  async check({ host }) {
    return areImageTagsSet(host);
  },

  async apply({ host }) {
    await setImageTags(host);
  },
};
