import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { z } from 'zod';
import { SEED_GENERATOR_PATH, SEED_GENERATOR_STATUS_PATH } from '../../core/contract/paths.ts';
import {
  isGenerating,
  parseSeedGenerator,
  readSeedGeneratorStatus,
  SEED_GENERATOR_IMMUTABLE,
  SEED_GENERATOR_NAME,
  SEED_GENERATOR_SECRET,
  SEED_GENERATOR_SINGLETON,
  seedGeneratorConditions,
} from '../../core/contract/seed-generator.ts';
import { readSeedGeneratorDoor, writeSeedGeneratorDoor } from '../../core/contract/seed-generator-door.ts';
import { API_VERSIONS } from '../../core/contract/stage.ts';
import { SECRET, SEED_GENERATOR } from '../../core/tools/kubernetes/known-types.ts';
import { KubernetesError } from '../../core/tools/kubernetes/kubernetes-error.ts';
import type { KubernetesObject } from '../../core/tools/kubernetes/kubernetes-object.ts';
import type { OpenDoor } from './door-context.ts';
import { copyObject, copyOf, forgetCopy } from './mirror-objects.ts';
import { asWritten } from './resource-types.ts';
import { type SeedGeneratorSides, seedGeneratorMove } from './seed-generator-move.ts';
import { orLogged } from './tell-status.ts';

const SEEDGEN_SECRET = { kind: 'Secret', ...SEED_GENERATOR_SECRET } as const;
const specOf = z.looseObject({ spec: z.record(z.string(), z.unknown()).nullish() });

/**
 * One round for the SeedGenerator: file and resource are brought together, the Secret with the credentials is copied
 * from the cluster and, after the builder has deleted it, back into it, and the resource is told the status.
 */
export async function synchronizeSeedGenerator(door: OpenDoor): Promise<void> {
  const { host, client, signal } = door;
  const { items } = await client.list(SEED_GENERATOR, { signal });
  const resource = items.find(({ metadata }) => metadata.name === SEED_GENERATOR_NAME);
  for (const other of items) if (other !== resource) await orLogged(door, () => refuse(door, other));
  const sides: SeedGeneratorSides = {
    text: await host.readText(SEED_GENERATOR_PATH),
    status: await readSeedGeneratorStatus(host),
    known: await readSeedGeneratorDoor(host),
    uid: resource?.metadata.uid,
  };
  switch (seedGeneratorMove(sides)) {
    case 'rest':
      return;
    case 'take-over':
      if (resource !== undefined) await takeOver(door, resource);
      return;
    case 'restore-file':
      await host.writeAtomic(SEED_GENERATOR_PATH, sides.known?.text ?? '', { mode: 0o644 });
      return;
    case 'drop':
      await drop(door, resource);
      return;
    case 'make-resource':
      await agree(door, sides, await make(door, sides.text ?? ''));
      return;
    case 'agree':
      await agree(door, sides, resource && (await inStep(door, sides.text ?? '', resource)));
  }
}

/** The Secret comes first: the agent may look as soon as the file is there. */
async function takeOver(door: OpenDoor, resource: KubernetesObject): Promise<void> {
  const { host, log } = door;
  await copyObject(door, SEEDGEN_SECRET);
  const { kind } = SEED_GENERATOR;
  const text = stringify({
    apiVersion: API_VERSIONS[0],
    kind,
    metadata: { name: SEED_GENERATOR_NAME },
    spec: specOf.parse(resource).spec ?? {},
  });
  await host.remove(SEED_GENERATOR_STATUS_PATH);
  await host.writeAtomic(SEED_GENERATOR_PATH, `# The SeedGenerator of the Kubernetes API.\n${text}`, {
    mode: 0o644,
  });
  await writeSeedGeneratorDoor(host, { uid: resource.metadata.uid ?? '', text, toldEndOf: null });
  log.info('a SeedGenerator was made in the cluster');
}

async function drop(door: OpenDoor, resource: KubernetesObject | undefined): Promise<void> {
  const { host, log } = door;
  await host.remove(SEED_GENERATOR_PATH);
  if (resource !== undefined) await removeResource(door, resource);
  await forgetCopy(host, SEEDGEN_SECRET);
  await writeSeedGeneratorDoor(host, undefined);
  log.info('the SeedGenerator was deleted');
}

/** Makes the resource from the file, after the Secret that was copied from the cluster, where that is gone too. */
async function make(door: OpenDoor, text: string): Promise<KubernetesObject | undefined> {
  const { client, signal, host, log } = door;
  const spec = specIn(text);
  // a file that is not legible is told of in its status
  if (spec === undefined) return undefined;
  const { namespace, name } = SEEDGEN_SECRET;
  const copy = await copyOf(host, SEEDGEN_SECRET);
  if (copy !== undefined && (await client.get(SECRET, { namespace, name }, { signal })) === undefined) {
    await client.create(SECRET, { ...copy, type: 'Opaque' }, { signal });
    log.info(`put Secret ${namespace}/${name} back`);
  }
  const made = await client.create(SEED_GENERATOR, newResource(spec), { signal });
  log.info(`created SeedGenerator ${SEED_GENERATOR_NAME}`);
  return made;
}

function newResource(spec: Readonly<Record<string, unknown>>) {
  const { apiVersion, kind } = SEED_GENERATOR;
  return { apiVersion, kind, metadata: { name: SEED_GENERATOR_NAME }, spec };
}

/** The spec may not change: where somebody changed it nevertheless, or the file is another, the file holds. */
async function inStep(
  door: OpenDoor,
  text: string,
  resource: KubernetesObject,
): Promise<KubernetesObject | undefined> {
  const { client, signal, log } = door;
  const spec = specIn(text);
  if (spec === undefined || isDeepStrictEqual(spec, specOf.parse(resource).spec ?? {})) return resource;
  log.warn(`SeedGenerator ${SEED_GENERATOR_NAME}: ${SEED_GENERATOR_IMMUTABLE}; the file's spec holds`);
  try {
    return await client.replace(SEED_GENERATOR, { ...resource, spec }, { signal });
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.code !== 'invalid') throw error;
  }
  await removeResource(door, resource);
  return client.create(SEED_GENERATOR, newResource(spec), { signal });
}

/** Tells the status, and remembers who is in step; a resource that is not there yet is told next time. */
async function agree(
  door: OpenDoor,
  { text = '', status, known }: SeedGeneratorSides,
  resource: KubernetesObject | undefined,
): Promise<void> {
  if (resource === undefined) return;
  const { host } = door;
  const isUnderWay = isGenerating(status);
  if (status === null || (isUnderWay && !status.lca.isLaunched)) await copyObject(door, SEEDGEN_SECRET);
  if (status !== null) await tell(door, resource, status.conditions);
  const toldEndOf = status === null || isUnderWay ? (known?.toldEndOf ?? null) : status.lca.request;
  await writeSeedGeneratorDoor(host, { uid: resource.metadata.uid ?? '', text, toldEndOf });
}

async function tell(
  { client, signal }: OpenDoor,
  resource: KubernetesObject,
  conditions: ReturnType<typeof seedGeneratorConditions>,
): Promise<void> {
  const { name, generation = 1 } = resource.metadata;
  const status = {
    observedGeneration: generation,
    conditions: conditions.map((condition) => ({
      ...condition,
      observedGeneration: generation,
      lastTransitionTime: condition.lastTransitionTime.replace(/\.\d+/, ''),
    })),
  };
  if (isDeepStrictEqual(resource['status'], status)) return;
  const type = asWritten(SEED_GENERATOR, name);
  await client.patch(type, { name }, { status }, { subresource: 'status', signal });
}

/** An API server without admission rules lets in what v1 refuses; it is told why nothing comes of it. */
async function refuse(door: OpenDoor, other: KubernetesObject): Promise<void> {
  if (JSON.stringify(other['status'] ?? {}).includes(JSON.stringify(SEED_GENERATOR_SINGLETON))) return;
  await tell(door, other, seedGeneratorConditions('Failed', SEED_GENERATOR_SINGLETON, door.host.now()));
}

function specIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const { seedImage, recertImage } = parseSeedGenerator(text);
    return { seedImage, ...(recertImage === null ? {} : { recertImage }) };
  } catch {
    return undefined;
  }
}

async function removeResource({ client, signal }: OpenDoor, { metadata }: KubernetesObject): Promise<void> {
  const { name, uid } = metadata;
  await client.remove(SEED_GENERATOR, { name }, { signal, ...(uid === undefined ? {} : { uid }) });
}
