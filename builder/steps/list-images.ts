import { nodePlatform } from '../../core/platform/index.ts';
import type { StoredImage } from '../../core/platform/platform.ts';
import type { LeftOut } from '../../core/seedimage/seed-metadata.ts';
import type { Step } from '../../core/sequence/step.ts';
import { ownContainer } from '../own-container.ts';
import type { SeedContext } from '../seed-context.ts';

/** Lists the container images a target has to have in place before its first boot. */
export const listImages: Step<SeedContext> = {
  name: 'list-images',
  summary: 'List the container images to have in place on targets',

  async check({ findings: { images } }) {
    return {
      done: images !== undefined,
      because: images === undefined ? 'images have not been listed yet' : `there are ${images.length}`,
    };
  },

  async apply({ host, request, findings }) {
    const platform = await nodePlatform(host);
    const all = await platform.listImages(host);
    const own = all.length === 0 ? undefined : await ownContainer(host, request.ownProcess);
    const leftOut: LeftOut[] = [];
    const images: StoredImage[] = [];
    for (const image of all) {
      const because = reasonToLeaveOut(image.pullSpec, request.pullSpec, own?.image);
      if (because === undefined) images.push(image);
      else leftOut.push({ path: image.pullSpec, because });
    }
    findings.images = images;
    findings.imagesLeftOut = leftOut;
  },
};

function reasonToLeaveOut(image: string, pullSpec: string, own: string | undefined): string | undefined {
  if (image.startsWith('localhost/')) return 'an image that was built here and that no registry has';
  const name = repositoryOf(image);
  if (name === repositoryOf(pullSpec)) return 'an earlier seed image';
  if (own !== undefined && own !== '' && name === repositoryOf(own)) return "lca's own image";
  return undefined;
}

function repositoryOf(spec: string): string {
  return spec
    .replace(/^docker:\/\//, '')
    .replace(/@sha256:[0-9a-f]+$/, '')
    .replace(/:[^/:]+$/, '');
}
