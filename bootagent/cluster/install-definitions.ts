import { z } from 'zod';
import { KubernetesError } from '../../core/tools/kubernetes/kubernetes-error.ts';
import type { KubernetesObject, NewObject } from '../../core/tools/kubernetes/kubernetes-object.ts';
import { IMAGE_BASED_UPGRADE_DEFINITION } from './definitions/image-based-upgrade.ts';
import { SEED_GENERATOR_DEFINITION } from './definitions/seed-generator.ts';
import type { OpenDoor } from './door-context.ts';
import { DEFINITIONS } from './resource-types.ts';

const established = z.looseObject({
  status: z.looseObject({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })) }),
});
const POLL_MS = 200;
const MOST_POLLS = 150;

/**
 * Sees to it that the API serves ImageBasedUpgrade and SeedGenerator. A definition that is there already is somebody's (a bundle's, a
 * later version's) and stays as it is. An API server that does not accept the admission rules gets the definition
 * without them: the agent enforces them all.
 */
export async function installDefinitions(door: OpenDoor): Promise<void> {
  for (const definition of [IMAGE_BASED_UPGRADE_DEFINITION, SEED_GENERATOR_DEFINITION])
    await install(door, definition);
}

async function install(door: OpenDoor, definition: NewObject): Promise<void> {
  const { client, signal, log } = door;
  const { name } = definition.metadata;
  if (name === undefined) return;
  let found = await client.get(DEFINITIONS, { name }, { signal });
  if (found === undefined) {
    found = await create(door, definition);
    log.info(`installed the CustomResourceDefinition ${name}`);
  }
  for (let left = MOST_POLLS; !isEstablished(found); left -= 1) {
    if (left === 0)
      throw new KubernetesError('unavailable', `The API does not begin to serve the definition ${name}.`);
    await door.host.sleep(POLL_MS, signal);
    found = await client.get(DEFINITIONS, { name }, { signal });
  }
}

async function create({ client, signal, log }: OpenDoor, definition: NewObject): Promise<KubernetesObject> {
  try {
    return await client.create(DEFINITIONS, definition, { signal });
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.code !== 'invalid') throw error;
    log.warn(`the API does not take the admission rules, so the agent alone enforces them: ${error.message}`);
    return await client.create(DEFINITIONS, withoutRules(definition) as NewObject, { signal });
  }
}

function withoutRules(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRules);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'x-kubernetes-validations')
      .map(([name, field]) => [name, withoutRules(field)]),
  );
}

function isEstablished(definition: KubernetesObject | undefined): boolean {
  const { data } = established.safeParse(definition);
  return (
    data?.status.conditions.some(({ type, status }) => type === 'Established' && status === 'True') ?? false
  );
}
