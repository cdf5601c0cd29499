import { readObjects } from '../../../../core/contract/objects.ts';
import { SEED_IMAGE_LIST_PATH } from '../../../../core/contract/paths.ts';
import { parseImageList, readImageList } from '../../../../core/contract/seed-image-list.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { staterootPath } from '../../../../core/sysroot/sysroot.ts';
import { authFileFor } from '../../credentials.ts';
import type { StageContext } from '../../stage-context.ts';
import { StageError } from '../../stage-error.ts';
import { MESSAGES, precacheCount } from '../../state-machine/messages.ts';
import { isMarked, mark, WORKSPACE } from '../../workspace.ts';
import { type PrecacheResult, precacheImages } from '../precache.ts';
import { preparedSeed } from '../prepared-seed.ts';
import { begunImages, pulledImages, writeBegunImages, writePulledImages } from '../pulled-images.ts';

const PARALLEL = 4;

/** Pulls the seed's images and the request's additional ones, so that the first boot needs no registry. */
export const precacheImagesStep: Step<StageContext> = {
  name: 'precache-images',
  summary: 'Pull the container images of the new system',

  async check({ host }) {
    const { digest } = await preparedSeed(host);
    const done = await isMarked(host, 'precache-images', digest);
    return { done, because: done ? 'all images have been pulled' : 'images have not all been pulled yet' };
  },

  async apply(context) {
    const { host, request, report, signal } = context;
    const { digest } = await preparedSeed(host);
    const images = await imagesToPrecache(context);
    const begun = new Set(await begunImages(host));
    const pulled = new Set(await pulledImages(host));
    const result = await precacheImages(host, {
      images,
      parallel: PARALLEL,
      authFile: await authFileFor(host, request),
      signal,
      // pulled by a Prep that was cut short before it was on disk
      isDoubtful: (image) => begun.has(image) && !pulled.has(image),
      onProgress: (counts) => report(MESSAGES.prep.precaching(counts)),
      onBegun: async (image) => {
        begun.add(image);
        await writeBegunImages(host, [...begun]);
      },
      onPulled: async (image) => {
        pulled.add(image);
        await writePulledImages(host, [...pulled]);
      },
    });
    if (result.failed > 0) throw precacheFailed(result);
    await host.writeAtomic(`${WORKSPACE.directory}/precache-counts`, precacheCount(result));
    await mark(host, 'precache-images', digest);
  },
};

/** The counts of the last precache, for the condition; undefined before. */
export async function precacheCounts(host: StageContext['host']): Promise<string | undefined> {
  return host.readText(`${WORKSPACE.directory}/precache-counts`);
}

async function imagesToPrecache({ host, request }: StageContext): Promise<readonly string[]> {
  const { stateroot } = await preparedSeed(host);
  const list = await readImageList(host, staterootPath(stateroot) + SEED_IMAGE_LIST_PATH);
  if (request.additionalImages === null) return list;
  const objects = await readObjects(host);
  const map = objects.configMap(request.additionalImages, 'spec.additionalImages');
  const more = Object.entries(map.data).flatMap(([key, text]) =>
    parseImageList(text, `${map.file} (${key})`),
  );
  return [...list, ...more];
}

function precacheFailed(result: PrecacheResult): StageError {
  const shown = result.failures.slice(0, 3).map(({ image, reason }) => `${image} (${reason})`);
  const rest = result.failures.length - shown.length;
  return new StageError(
    'precache-failed',
    `failed to pre-cache one or more images: ${shown.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`,
    {
      remedy:
        'Check that the registries can be reached with the given credentials, then go through Idle to Prep.',
    },
  );
}
