import { type ImageTags, readImageTags, writeImageTags } from '../../../../core/contract/image-tags.ts';
import { IMAGE_TAGS_PATH } from '../../../../core/contract/paths.ts';
import type { Host } from '../../../../core/host/host.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { inStateroot } from '../../../pivot/record.ts';
import { newDeployment } from '../../prep/new-system.ts';
import { seedTags } from '../../prep/seed-tags.ts';
import type { StageContext } from '../../stage-context.ts';

/**
 * Both systems share the container storage, and a tag may mean another image in the new one. Each stateroot gets a list
 * of what such tags mean to it; its boot agent sets them before workloads start.
 */
export const noteImageTags: Step<StageContext> = {
  name: 'note-image-tags',
  summary: 'Note which image tags mean another image in the new system',

  async check({ host }) {
    const { ours, theirs } = await bothMeanings(host);
    const { stateroot } = await newDeployment(host);
    const noted =
      same(await readImageTags(host), ours) &&
      same(await readImageTags(host, inStateroot(stateroot, IMAGE_TAGS_PATH)), theirs);
    const count = Object.keys(ours).length;
    return {
      done: noted,
      because: `${count} tags mean another image there${noted ? '' : ', which is not noted yet'}`,
    };
  },

  async apply({ host }) {
    const { ours, theirs } = await bothMeanings(host);
    const { stateroot } = await newDeployment(host);
    await writeImageTags(host, ours);
    await writeImageTags(host, theirs, inStateroot(stateroot, IMAGE_TAGS_PATH));
  },

  async undo({ host }) {
    await writeImageTags(host, {});
  },
};

async function bothMeanings(host: Host): Promise<{ readonly ours: ImageTags; readonly theirs: ImageTags }> {
  const ours: Record<string, string> = {};
  const theirs: Record<string, string> = {};
  for (const { tag, pullSpec, wanted, present } of await seedTags(host)) {
    if (wanted === undefined || present === undefined || wanted === present) continue;
    ours[tag] = present;
    theirs[tag] = pullSpec;
  }
  return { ours, theirs };
}

function same(a: ImageTags, b: ImageTags): boolean {
  const entries = Object.entries(a);
  return entries.length === Object.keys(b).length && entries.every(([tag, image]) => b[tag] === image);
}
