import { nodePlatform } from '../../../../core/platform/index.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { pulledImages } from '../../prep/pulled-images.ts';
import { WORKSPACE } from '../../workspace.ts';
import type { CleanUpContext } from '../clean-up-context.ts';

/** Removes the images that Prep had pulled for a stateroot that is given up; what a container uses stays. */
export const removeImages: Step<CleanUpContext> = {
  name: 'remove-images',
  summary: 'Remove images pulled for the stateroot that is given up',

  async check({ host, removeImages: wanted }) {
    const images = wanted ? await pulledImages(host) : [];
    const done = images.length === 0;
    return {
      done,
      because: done ? 'no images were pulled for it' : `${images.length} images were pulled for it`,
    };
  },

  async apply({ host }) {
    const images = await pulledImages(host);
    await (await (await nodePlatform(host)).imageStore(host)).remove(images);
    await host.remove(WORKSPACE.pulledImages);
  },
};
