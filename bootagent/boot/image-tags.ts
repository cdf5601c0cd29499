import { readImageTags, writeImageTags } from '../../core/contract/image-tags.ts';
import type { Host } from '../../core/host/host.ts';
import { podmanImageIds, tagImage } from '../../core/tools/podman-images.ts';

/**
 * Gives every tag on this stateroot's list back to the image that it means here, then forgets the list. An image that is
 * gone leaves its tag as it is: podman will ask the registry.
 */
export async function setImageTags(host: Host): Promise<void> {
  const tags = Object.entries(await readImageTags(host));
  if (tags.length === 0) return;
  const ids = await podmanImageIds(host);
  for (const [tag, image] of tags) {
    const wanted = ids.get(image);
    if (wanted !== undefined && ids.get(tag) !== wanted) await tagImage(host, wanted, tag);
  }
  await writeImageTags(host, {});
}
