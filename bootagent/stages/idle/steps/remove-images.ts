import type { Step } from '../../../../core/sequence/step.ts';
import { pulledImages } from '../../prep/steps/precache-images.ts';
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
    for (const image of await pulledImages(host)) {
      // 1: no such image, 2: in use by a container (podman-rmi(1))
      await host.run(['podman', 'rmi', image], {
        description: `remove the image ${image}`,
        timeoutMs: 5 * 60_000,
        okExitCodes: [0, 1, 2],
      });
    }
    await host.remove(WORKSPACE.pulledImages);
  },
};
