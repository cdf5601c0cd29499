import type { Step } from '../../../../core/sequence/step.ts';
import { pulledImages } from '../../prep/pulled-images.ts';
import { WORKSPACE } from '../../workspace.ts';
import type { CleanUpContext } from '../clean-up-context.ts';

const MINUTE = 60_000;

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
    // an image goes with its last name, so all containers of it have to go before
    for (const image of images) await removeStoppedContainers(host, image);
    for (const image of images) {
      // 1: no such image, 2: in use by a container (podman-rmi(1))
      await host.run(['podman', 'rmi', image], {
        description: `remove the image ${image}`,
        timeoutMs: 5 * MINUTE,
        okExitCodes: [0, 1, 2],
      });
    }
    await host.remove(WORKSPACE.pulledImages);
  },
};

/**
 * The container storage is shared: a container that the given-up system ran is still on record here, and holds its
 * image. Only containers that do not run are removed.
 */
async function removeStoppedContainers(host: CleanUpContext['host'], image: string): Promise<void> {
  const filters = ['created', 'exited', 'configured'].map((status) => `--filter=status=${status}`);
  const listed = await host.run(
    ['podman', 'ps', '--all', '--quiet', '--no-trunc', `--filter=ancestor=${image}`, ...filters],
    { description: `list containers of the image ${image}`, timeoutMs: MINUTE, okExitCodes: [0, 125] },
  );
  for (const id of listed.stdout.split('\n').filter((line) => line !== '')) {
    await host.run(['podman', 'rm', '--ignore', id], {
      description: `remove the container ${id.slice(0, 12)} of the stateroot that is given up`,
      timeoutMs: 5 * MINUTE,
      okExitCodes: [0, 1, 2, 125],
    });
  }
}
