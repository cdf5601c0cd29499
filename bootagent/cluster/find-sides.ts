import { type ClusterDoor, readClusterDoor, writeClusterDoor } from '../../core/contract/cluster-door.ts';
import { REQUEST_PATH } from '../../core/contract/paths.ts';
import type { KubernetesObject } from '../../core/tools/kubernetes/kubernetes-object.ts';
import { isAtRest, isFailed } from '../stages/state-machine/predicates.ts';
import { sameContent, UNASKED } from './content.ts';
import type { OpenDoor } from './door-context.ts';
import { replaceRequest } from './replace-request.ts';
import { type RequestText, readRequestText } from './request-text.ts';
import { contentOf } from './resource-content.ts';
import { SINGLETON } from './resource-types.ts';
import { removeResource } from './rewrite-resource.ts';

/** Both sides as they are found. */
export interface Sides {
  /** Text of ibu.yaml. */
  readonly text: string | undefined;
  /** Undefined where there is no file or it is not legible. */
  readonly file: RequestText | undefined;
  readonly known: ClusterDoor | undefined;
  readonly resource: KubernetesObject | undefined;
  readonly others: readonly KubernetesObject[];
}

/** Looks at both sides, and settles what has been renamed, made under another name, or deleted on one of them. */
export async function findSides(door: OpenDoor, items: readonly KubernetesObject[]): Promise<Sides> {
  const found = await renamed(door, await lookAround(door, items));
  return await withDeletions(door, await adopted(door, found));
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
 * A file that has got another name (the preview's guide makes one of its own) has never met a resource of that name,
 * which is no deletion: the resource of the old name goes, and the file holds.
 */
async function renamed(door: OpenDoor, sides: Sides): Promise<Sides> {
  const { file, known, others } = sides;
  if (file === undefined || known === undefined || file.name === known.name) return sides;
  const former = others.find(({ metadata }) => metadata.name === known.name);
  if (former !== undefined) await removeResource(door, former);
  door.log.info(`ibu.yaml is about ImageBasedUpgrade ${file.name} now, no longer ${known.name}`);
  return { ...sides, known: undefined, others: others.filter((other) => other !== former) };
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
  if (sides.text !== undefined) await replaceRequest(door, sides.text, undefined);
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
  if (text !== undefined) await replaceRequest(door, text, undefined);
  if (resource !== undefined && !isReplaced) await removeResource(door, resource);
  await writeClusterDoor(door.host, undefined);
  door.log.info('the request was deleted while the node was at rest: it begins anew');
  const left = isReplaced ? resource : undefined;
  return { ...sides, text: undefined, file: undefined, known: undefined, resource: left };
}

function age({ metadata }: KubernetesObject): string {
  return metadata.creationTimestamp ?? '';
}
