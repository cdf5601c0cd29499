import { z } from 'zod';
import { type ConfigMap, parseObjects, type Secret } from '../../core/contract/objects.ts';
import { OBJECTS_DIRECTORY, SEED_GENERATOR_PATH } from '../../core/contract/paths.ts';
import { SEED_GENERATOR_SECRET } from '../../core/contract/seed-generator.ts';
import { DEFAULT_NAMESPACE } from '../../core/contract/stage.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import type { Host } from '../../core/host/host.ts';
import { isOutage } from '../../core/tools/kubernetes/kubernetes-error.ts';
import type { NewObject } from '../../core/tools/kubernetes/kubernetes-object.ts';
import type { OpenDoor } from './door-context.ts';
import { CONFIG_MAPS, SECRETS } from './resource-types.ts';

/** Where the door keeps what it has copied; everything else below objects/ is the user's. */
const DIRECTORY = `${OBJECTS_DIRECTORY}/cluster`;

export interface ObjectReference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly namespace: string;
  readonly name: string;
}

const reference = z.looseObject({ name: z.string().min(1), namespace: z.string().nullish() });
const references = z.array(reference.nullable().catch(null)).nullish().catch(null);
const specReferences = z.looseObject({
  seedImageRef: z
    .looseObject({
      pullSecretRef: z
        .union([z.string(), z.looseObject({ name: z.string() })])
        .nullish()
        .catch(null),
    })
    .nullish()
    .catch(null),
  additionalImages: reference.nullish().catch(null),
  oadpContent: references,
  extraManifests: references,
});

/** The ConfigMaps and Secrets that a spec refers to, as far as it is legible. */
export function referencesOf(spec: Readonly<Record<string, unknown>>): readonly ObjectReference[] {
  const read = specReferences.parse(spec);
  const secret = read.seedImageRef?.pullSecretRef;
  const secretName = typeof secret === 'string' ? secret : secret?.name;
  const maps = [read.additionalImages, ...(read.oadpContent ?? []), ...(read.extraManifests ?? [])];
  return [
    ...(secretName ? [{ kind: 'Secret' as const, namespace: DEFAULT_NAMESPACE, name: secretName }] : []),
    ...maps
      .filter((map) => map !== null && map !== undefined)
      .map(({ name, namespace }) => ({
        kind: 'ConfigMap' as const,
        name,
        namespace: namespace || DEFAULT_NAMESPACE,
      })),
  ];
}

/**
 * Copies the objects a spec refers to from the cluster into objects/cluster/, where the agent reads them. One that the
 * user has put below objects/ is left to the user's file. What the cluster does not have (any more) goes from there.
 */
export async function mirrorObjects(door: OpenDoor, spec: Readonly<Record<string, unknown>>): Promise<void> {
  const { host, log, signal } = door;
  const wanted = new Map<string, ObjectReference | undefined>(
    referencesOf(spec).map((wish) => [fileName(wish), wish]),
  );
  const users = new Set((await usersObjects(host)).map((object) => fileName(object)));
  for (const [file, wish] of wanted) {
    if (wish === undefined) continue;
    if (users.has(file)) {
      wanted.delete(file);
      continue;
    }
    try {
      if (!(await copyIntoFile(door, wish))) wanted.delete(file);
    } catch (error) {
      if (signal.aborted || isOutage(error)) throw error;
      log.warn(messageOf(error));
    }
  }
  // a Secret of the SeedGenerator's is its own business
  if ((await host.stat(SEED_GENERATOR_PATH)) !== undefined)
    wanted.set(fileName({ kind: 'Secret', ...SEED_GENERATOR_SECRET }), undefined);
  for (const file of await host.list(DIRECTORY)) {
    if (!wanted.has(file) && !file.startsWith('.')) await host.remove(`${DIRECTORY}/${file}`);
  }
}

/** Copies one object as `mirrorObjects` does; one that the cluster does not have loses its copy. */
export async function copyObject(door: OpenDoor, wish: ObjectReference): Promise<void> {
  const { host } = door;
  const users = (await usersObjects(host)).map((object) => fileName(object));
  if (users.includes(fileName(wish)) || !(await copyIntoFile(door, wish))) await forgetCopy(host, wish);
}

/** The copy of an object, as it can be made anew; undefined if there is none. */
export async function copyOf(host: Host, wish: ObjectReference): Promise<NewObject | undefined> {
  const text = await host.readText(`${DIRECTORY}/${fileName(wish)}`);
  return text === undefined ? undefined : (JSON.parse(text) as NewObject);
}

export async function forgetCopy(host: Host, wish: ObjectReference): Promise<void> {
  await host.remove(`${DIRECTORY}/${fileName(wish)}`);
}

/** @returns whether the cluster has it */
async function copyIntoFile({ host, client, signal }: OpenDoor, wish: ObjectReference): Promise<boolean> {
  const { kind, namespace, name } = wish;
  const object = await client.get(kind === 'Secret' ? SECRETS : CONFIG_MAPS, { namespace, name }, { signal });
  if (object === undefined) return false;
  const { apiVersion, data, binaryData } = object;
  const copy = { apiVersion, kind, metadata: { namespace, name }, data, binaryData };
  const text = `${JSON.stringify(copy, null, 2)}\n`;
  const path = `${DIRECTORY}/${fileName(wish)}`;
  if ((await host.readText(path)) !== text) await host.writeAtomic(path, text, { mode: 0o600 });
  return true;
}

function fileName({ kind, namespace, name }: ObjectReference): string {
  return `${kind.toLowerCase()}.${namespace}.${name}.json`;
}

/** What lies below objects/ by the user's hand; a file that cannot be used is told of by the agent. */
async function usersObjects(
  host: Host,
  directory = OBJECTS_DIRECTORY,
): Promise<readonly (ConfigMap | Secret)[]> {
  const found: (ConfigMap | Secret)[] = [];
  for (const name of await host.list(directory)) {
    const path = `${directory}/${name}`;
    if (name.startsWith('.') || path === DIRECTORY) continue;
    if ((await host.stat(path))?.type === 'directory') found.push(...(await usersObjects(host, path)));
    else if (/\.(ya?ml|json)$/.test(name)) {
      try {
        found.push(...parseObjects((await host.readText(path)) ?? '', path));
      } catch {
        // refused by the agent, with its place
      }
    }
  }
  return found;
}
