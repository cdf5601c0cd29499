import { readImageTags, writeImageTags } from '../../core/contract/image-tags.ts';
import type { Host } from '../../core/host/host.ts';
import { nodePlatform } from '../../core/platform/index.ts';

/**
 * Gives every tag on this stateroot's list back to the image that it means here, then forgets the list. With a store
 * that is not at hand yet the list stays: the agent sets the tags later. An image that is gone leaves its tag as it is:
 * the registry will be asked.
 */
export async function setImageTags(host: Host): Promise<void> {
  const tags = Object.entries(await readImageTags(host));
  if (tags.length === 0) return;
  const store = await (await nodePlatform(host)).imageStore(host);
  if (!(await store.isAtHand())) return;
  const ids = await store.ids();
  for (const [tag, image] of tags) {
    const wanted = ids.get(image);
    if (wanted !== undefined && ids.get(tag) !== wanted) await store.tag(wanted, tag);
  }
  await writeImageTags(host, {});
}

/** Whether nothing is to be set, or not yet. */
export async function areImageTagsSet(
  host: Host,
): Promise<{ readonly done: boolean; readonly because: string }> {
  if (Object.keys(await readImageTags(host)).length === 0)
    return { done: true, because: 'no tag means another image here' };
  const store = await (await nodePlatform(host)).imageStore(host);
  if (!(await store.isAtHand())) return { done: true, because: 'the image store is not up yet' };
  return { done: false, because: 'tags are not yet set' };
}
