import { type ClusterDoor, readClusterDoor, writeClusterDoor } from '../../core/contract/cluster-door.ts';
import type { KubernetesObject } from '../../core/tools/kubernetes/kubernetes-object.ts';
import { type Content, reconciled, type Seen, sameContent, UNASKED } from './content.ts';
import type { OpenDoor } from './door-context.ts';
import { findSides, type Sides } from './find-sides.ts';
import { mirrorObjects } from './mirror-objects.ts';
import { replaceRequest } from './replace-request.ts';
import { requestText } from './request-text.ts';
import { contentOf, newResource } from './resource-content.ts';
import { asWritten, IMAGE_BASED_UPGRADES, SINGLETON } from './resource-types.ts';
import { isInvalid, type Rewritten, rejectionText, rewriteResource } from './rewrite-resource.ts';
import { tellOthers, tellStatus } from './tell-status.ts';

/**
 * One round: file and resource are brought together, and the resource is told the status. Level-triggered: it looks at
 * what is there and not at what happened, so that a missed event, a restart or an outage in between changes nothing.
 * Killed anywhere, the next round completes it: what is remembered is written last.
 */
export async function synchronize(door: OpenDoor): Promise<void> {
  const { items } = await door.client.list(IMAGE_BASED_UPGRADES, { signal: door.signal });
  const sides = await findSides(door, items);
  const { resource, rejection } =
    sides.resource === undefined ? await made(door, sides) : await merged(door, sides, sides.resource);
  await tellStatus(door, resource, rejection);
  await tellOthers(door, sides.others, resource.metadata.name);
}

/**
 * Makes the resource from the file: at first, after a pivot, and when it was deleted in the middle of something. What
 * the API server does not let in is left to the user to mend; the resource says what was last asked, or nothing.
 */
async function made(door: OpenDoor, sides: Sides): Promise<Rewritten> {
  const { file, known } = sides;
  const name = file?.name ?? known?.name ?? SINGLETON;
  const wishes = [file?.content, known?.file].filter((content) => content !== undefined);
  const { resource, content, rejection } = await created(door, name, wishes);
  door.log.info(`created ImageBasedUpgrade ${name}`);
  // the status at once: a resource without one looks as if the node had never been asked
  const told = await tellStatus(door, resource, rejection);
  await agree(door, sides, told, { file: content, resource: contentOf(told) }, content !== file?.content);
  return { resource: told, ...(rejection === undefined ? {} : { rejection }) };
}

/** Makes a resource with the first of the wishes that the API server lets in, or at Idle. */
async function created(
  { client, signal }: Pick<OpenDoor, 'client' | 'signal'>,
  name: string,
  [wish, ...others]: readonly Content[],
): Promise<Rewritten & { readonly content: Content }> {
  const content = wish ?? UNASKED;
  try {
    const type = asWritten(IMAGE_BASED_UPGRADES, name);
    const resource = await client.create(type, newResource(name, content), { signal });
    return { resource, content };
  } catch (error) {
    if (!isInvalid(error) || wish === undefined) throw error;
    return { ...(await created({ client, signal }, name, others)), rejection: rejectionText(error) };
  }
}

async function merged(door: OpenDoor, sides: Sides, resource: KubernetesObject): Promise<Rewritten> {
  const { file, known } = sides;
  const content = contentOf(resource);
  const nobodyAsked: Seen = { file: UNASKED, resource: UNASKED };
  // a file that is not legible, or not there, says what it last said
  const inFile = file?.content ?? known?.file ?? UNASKED;
  const next = reconciled(known ?? (file === undefined ? nobodyAsked : undefined), inFile, content);
  let now: Rewritten = { resource };
  if (!sameContent(next.resource, content)) now = await rewriteResource(door, resource, next.resource);
  if (now.rejection !== undefined) {
    // nothing is remembered either: once the file is mended, all that it says is news
    await mirrorObjects(door, inFile.spec);
    return now;
  }
  // what cannot be read stays for the user to mend, until the resource says something new
  const isMute = file === undefined && sameContent(content, known?.resource ?? UNASKED);
  await agree(door, sides, now.resource, { file: next.file, resource: contentOf(now.resource) }, isMute);
  return now;
}

/**
 * Writes the file where it differs, and remembers what both sides say now.
 *
 * @param leaveFile a text that is there is not replaced: it cannot be read, or is not let into the resource
 */
async function agree(
  door: OpenDoor,
  { text }: Sides,
  resource: KubernetesObject,
  seen: Seen,
  leaveFile: boolean,
): Promise<void> {
  await mirrorObjects(door, seen.file.spec);
  const { name, uid = '', generation } = resource.metadata;
  const wished = requestText(text, { name, generation, content: seen.file });
  const isLeft = leaveFile && text !== undefined;
  if (wished !== text && !isLeft) await replaceRequest(door, text, wished);
  const memory: ClusterDoor = { name, uid, ...seen };
  const before = await readClusterDoor(door.host);
  if (JSON.stringify(before) !== JSON.stringify(memory)) await writeClusterDoor(door.host, memory);
}
