import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../../core/errors/lca-error.ts';
import { isOutage } from '../../core/tools/kubernetes/kubernetes-error.ts';
import type { KubernetesObject } from '../../core/tools/kubernetes/kubernetes-object.ts';
import type { OpenDoor } from './door-context.ts';
import { resourceStatus } from './resource-status.ts';
import { asWritten, IMAGE_BASED_UPGRADES } from './resource-types.ts';

const refusalOf = z.looseObject({
  status: z.looseObject({
    lca: z.looseObject({ refused: z.object({ message: z.string(), time: z.string() }) }),
  }),
});

/**
 * Gives the resource the node's status, if it has another.
 *
 * @param rejection what the API server has against the file; told where the agent itself has nothing against it
 * @returns the resource as it is then
 */
export async function tellStatus(
  door: OpenDoor,
  resource: KubernetesObject,
  rejection?: string,
): Promise<KubernetesObject> {
  const { current } = door.store;
  const refused =
    rejection === undefined || current.lca.refused !== null
      ? current.lca.refused
      : rejected(door, resource, rejection);
  const status = resourceStatus({ ...current, lca: { ...current.lca, refused } });
  if (isDeepStrictEqual(withoutNulls(resource['status']), withoutNulls(status))) return resource;
  return await write(door, resource, status);
}

/** Told, and logged, once: the time is that of the first round that found it. */
function rejected({ host, log }: OpenDoor, resource: KubernetesObject, message: string) {
  const told = refusalOf.safeParse(resource).data?.status.lca.refused;
  if (told?.message === message) return told;
  log.warn(message);
  return { message, time: host.now().toISOString() };
}

/** Tells resources of other names that the node has one already. That one goes on whether they hear it or not. */
export async function tellOthers(
  door: OpenDoor,
  others: readonly KubernetesObject[],
  served: string,
): Promise<void> {
  for (const other of others) {
    const message = `ibu is a singleton, metadata.name must be '${served}'`;
    if (JSON.stringify(other['status'] ?? {}).includes(JSON.stringify(message))) continue;
    const { generation = 0 } = other.metadata;
    const condition = {
      type: 'Idle',
      status: 'False',
      reason: 'Blocked',
      message,
      observedGeneration: generation,
      lastTransitionTime: door.host.now().toISOString().replace(/\.\d+/, ''),
    };
    await orLogged(door, () =>
      write(door, other, { observedGeneration: generation, conditions: [condition], validNextStages: [] }),
    );
  }
}

/** Says something to a resource that has no part; if it does not take it, only the log is told. */
export async function orLogged({ log, signal }: OpenDoor, say: () => Promise<unknown>): Promise<void> {
  try {
    await say();
  } catch (error) {
    if (signal.aborted || isOutage(error)) throw error;
    log.warn(messageOf(error));
  }
}

function write(
  { client, signal }: OpenDoor,
  { metadata }: KubernetesObject,
  status: Readonly<Record<string, unknown>>,
): Promise<KubernetesObject> {
  const options = { subresource: 'status', signal } as const;
  const type = asWritten(IMAGE_BASED_UPGRADES, metadata.name);
  return client.patch(type, { name: metadata.name }, { status }, options);
}

/** Nothing, and things that hold nothing, are one: a merge patch leaves empty objects behind. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object') return value;
  const fields = Object.entries(value)
    .map(([name, field]) => [name, withoutNulls(field)] as const)
    .filter(([, field]) => field !== undefined);
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}
