import { type ClusterDoor, readClusterDoor, writeClusterDoor } from '../../core/contract/cluster-door.ts';
import { REQUEST_PATH } from '../../core/contract/paths.ts';
import { KubernetesError } from '../../core/tools/kubernetes/kubernetes-error.ts';
import type { KubernetesObject } from '../../core/tools/kubernetes/kubernetes-object.ts';
import { isAtRest, isFailed } from '../stages/state-machine/predicates.ts';
import { type Content, reconciled, type Seen, sameContent, UNASKED } from './content.ts';
import type { OpenDoor } from './door-context.ts';
import { mirrorObjects } from './mirror-objects.ts';
import { type RequestText, readRequestText, requestText } from './request-text.ts';
import { contentOf, newResource, withContent } from './resource-content.ts';
import { IMAGE_BASED_UPGRADES } from './resource-types.ts';
import { tellOthers, tellStatus } from './tell-status.ts';

/** The one ImageBasedUpgrade that v1 knows. */
const SINGLETON = 'upgrade';

/** Both sides as they are found. */
interface Sides {
  /** Text of ibu.yaml. */
  readonly text: string | undefined;
  /** Undefined where there is no file or it is not legible. */
  readonly file: RequestText | undefined;
  readonly known: ClusterDoor | undefined;
  readonly resource: KubernetesObject | undefined;
  readonly others: readonly KubernetesObject[];
}

/**
 * One round: file and resource are brought together, and the resource is told the status. Level-triggered: it looks at
 * what is there and not at what happened, so that a missed event, a restart or an outage in between changes nothing.
 * Killed anywhere, the next round completes it: what is remembered is written last.
 */
export async function synchronize(door: OpenDoor): Promise<void> {
  const { items } = await door.client.list(IMAGE_BASED_UPGRADES, { signal: door.signal });
  const sides = await withDeletions(door, await adopted(door, await lookAround(door, items)));
  const resource =
    sides.resource === undefined ? await made(door, sides) : await merged(door, sides, sides.resource);
  await tellStatus(door, resource);
  await tellOthers(door, sides.others, resource.metadata.name);
}

async function lookAround({ host }: OpenDoor, items: readonly KubernetesObject[]): Promise<Sides> {
  const [text, known] = [await host.readText(REQUEST_PATH), await readClusterDoor(host)];
  const file = text === undefined ? undefined : readRequestText(text);
  const name = file?.name ?? known?.name ?? SINGLETON;
  return {
    text,
    file,
    known,
    resource: items.find(({ metadata }) => metadata.name === name),
    others: items.filter(({ metadata }) => metadata.name !== name),
  };
}

/**
 * The preview's guide makes its resource under a name of its own. It takes the place of the singleton while nobody has
 * asked that for anything and the node is at rest; a later one is told that it has no part.
 */
async function adopted(door: OpenDoor, sides: Sides): Promise<Sides> {
  const { file, resource, others } = sides;
  const [first] = others.toSorted((a, b) => age(a).localeCompare(age(b)));
  const isAsked = [file?.content, resource && contentOf(resource)].some(
    (content) => content !== undefined && !sameContent(content, UNASKED),
  );
  if (first === undefined || isAsked || !isAtRest(door.store.current)) return sides;
  if (resource !== undefined) await removeResource(door, resource);
  if (sides.text !== undefined) await replaceFile(door, sides.text, undefined);
  await writeClusterDoor(door.host, undefined);
  return {
    text: undefined,
    file: undefined,
    known: undefined,
    resource: first,
    others: others.filter((other) => other !== first),
  };
}

/**
 * Whichever side was taken away: at rest, or after a failed rollback, both begin anew (the documented way out of a
 * failed rollback). In any other state what is under way goes on, and what was taken away comes back.
 */
async function withDeletions(door: OpenDoor, sides: Sides): Promise<Sides> {
  const { text, known, resource } = sides;
  if (known === undefined) return sides;
  const { current } = door.store;
  const mayGo = isAtRest(current) || isFailed(current, 'Rollback');
  const isReplaced = resource !== undefined && resource.metadata.uid !== known.uid;
  const isResourceGone = resource === undefined || isReplaced;
  if (text !== undefined && !isResourceGone) return sides;
  if (!mayGo) return { ...sides, ...(isReplaced ? { known: undefined } : {}) };
  if (text !== undefined) await replaceFile(door, text, undefined);
  if (resource !== undefined && !isReplaced) await removeResource(door, resource);
  await writeClusterDoor(door.host, undefined);
  door.log.info('the request was deleted while the node was at rest: it begins anew');
  const left = isReplaced ? resource : undefined;
  return { ...sides, text: undefined, file: undefined, known: undefined, resource: left };
}

/** Makes the resource from the file: at first, after a pivot, and when it was deleted in the middle of something. */
async function made(door: OpenDoor, sides: Sides): Promise<KubernetesObject> {
  const { file, known } = sides;
  const name = file?.name ?? known?.name ?? SINGLETON;
  const content = file?.content ?? known?.file ?? UNASKED;
  const { client, signal } = door;
  const resource = await client.create(IMAGE_BASED_UPGRADES, newResource(name, content), { signal });
  door.log.info(`created ImageBasedUpgrade ${name}`);
  // the status at once: a resource without one looks as if the node had never been asked
  const told = await tellStatus(door, resource);
  await agree(door, sides, told, { file: content, resource: contentOf(resource) }, file === undefined);
  return told;
}

async function merged(door: OpenDoor, sides: Sides, resource: KubernetesObject): Promise<KubernetesObject> {
  const { file, known } = sides;
  const content = contentOf(resource);
  const nobodyAsked: Seen = { file: UNASKED, resource: UNASKED };
  // a file that is not legible, or not there, says what it last said
  const inFile = file?.content ?? known?.file ?? UNASKED;
  const next = reconciled(known ?? (file === undefined ? nobodyAsked : undefined), inFile, content);
  let now = resource;
  if (!sameContent(next.resource, content)) now = await rewritten(door, resource, next.resource);
  // what cannot be read stays for the user to mend, until the resource says something new
  const isMute = file === undefined && sameContent(content, known?.resource ?? UNASKED);
  await agree(door, sides, now, { file: next.file, resource: contentOf(now) }, isMute);
  return now;
}

/**
 * Writes the file's wish into the resource. An API server with admission rules may refuse it, since it judges by the
 * status it knows and the agent has moved on (after a rollback, or an outage): the resource is made anew then.
 */
async function rewritten(
  door: OpenDoor,
  resource: KubernetesObject,
  content: Content,
): Promise<KubernetesObject> {
  const { client, signal, log } = door;
  try {
    return await client.replace(IMAGE_BASED_UPGRADES, withContent(resource, content), { signal });
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.code !== 'invalid') throw error;
    log.info(`ImageBasedUpgrade ${resource.metadata.name} is made anew: ${error.message}`);
  }
  await removeResource(door, resource);
  const { metadata } = withContent(resource, content);
  const again = newResource(resource.metadata.name, content);
  return await client.create(
    IMAGE_BASED_UPGRADES,
    {
      ...again,
      metadata: { ...again.metadata, annotations: metadata['annotations'], labels: metadata['labels'] },
    },
    { signal },
  );
}

/**
 * Writes the file where it differs, and remembers what both sides say now.
 *
 * @param leaveUnreadable a text that is there and cannot be read is not replaced
 */
async function agree(
  door: OpenDoor,
  { text, file }: Sides,
  resource: KubernetesObject,
  seen: Seen,
  leaveUnreadable: boolean,
): Promise<void> {
  await mirrorObjects(door, seen.file.spec);
  const { name, uid = '', generation } = resource.metadata;
  const wished = requestText(text, { name, generation, content: seen.file });
  const isLeft = leaveUnreadable && text !== undefined && file === undefined;
  if (wished !== text && !isLeft) await replaceFile(door, text, wished);
  const memory: ClusterDoor = { name, uid, ...seen };
  const before = await readClusterDoor(door.host);
  if (JSON.stringify(before) !== JSON.stringify(memory)) await writeClusterDoor(door.host, memory);
}

/** Replaces or removes ibu.yaml if it still is as it was read. */
async function replaceFile({ host }: OpenDoor, before: string | undefined, after: string | undefined) {
  if (!(await host.replaceUnchanged(REQUEST_PATH, before, after)))
    throw new RequestChanged('ibu.yaml was changed in the meantime');
}

/** The round is begun again. */
export class RequestChanged extends Error {}

async function removeResource({ client, signal }: OpenDoor, { metadata }: KubernetesObject): Promise<void> {
  const { name, uid } = metadata;
  await client.remove(IMAGE_BASED_UPGRADES, { name }, { signal, ...(uid === undefined ? {} : { uid }) });
}

function age({ metadata }: KubernetesObject): string {
  return metadata.creationTimestamp ?? '';
}
