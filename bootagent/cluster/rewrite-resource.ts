import { writeClusterDoor } from '../../core/contract/cluster-door.ts';
import { KubernetesError } from '../../core/tools/kubernetes/kubernetes-error.ts';
import type {
  KubernetesObject,
  NewObject,
  ResourceType,
} from '../../core/tools/kubernetes/kubernetes-object.ts';
import type { Content } from './content.ts';
import type { OpenDoor } from './door-context.ts';
import { newResource, withContent } from './resource-content.ts';
import { asWritten, IMAGE_BASED_UPGRADES } from './resource-types.ts';

/** A resource, and why it does not say what the file says, if the API server does not let it. */
export interface Rewritten {
  readonly resource: KubernetesObject;
  readonly rejection?: string;
}

/**
 * Writes the file's wish into the resource. An API server with admission rules may refuse it, since it judges by the
 * status it knows and the agent has moved on (after a rollback, or an outage): the resource is made anew then. What
 * would not be let in as a new one either is left to the user to mend, and the resource stays as it is.
 */
export async function rewriteResource(
  door: OpenDoor,
  resource: KubernetesObject,
  content: Content,
): Promise<Rewritten> {
  const { client, signal, log } = door;
  const type = asWritten(IMAGE_BASED_UPGRADES, resource.metadata.name);
  const changed = withContent(resource, content);
  try {
    return { resource: await client.replace(type, changed, { signal }) };
  } catch (error) {
    if (!isInvalid(error)) throw error;
    log.info(`ImageBasedUpgrade ${resource.metadata.name} is not changed as it is: ${error.message}`);
  }
  const again = newResource(resource.metadata.name, content);
  const { annotations, labels } = changed.metadata;
  const wished = { ...again, metadata: { ...again.metadata, annotations, labels } };
  const rejection = await rejectionOf(door, type, wished);
  if (rejection !== undefined) return { resource, rejection };
  // from here on a resource that is not there is one to be made, whatever comes in between: nobody deleted it
  await writeClusterDoor(door.host, undefined);
  await removeResource(door, resource);
  return { resource: await client.create(type, wished, { signal }) };
}

/** What the API server has against making this. It looks at what is in it before it looks whether there is one. */
async function rejectionOf(
  { client, signal }: OpenDoor,
  type: ResourceType,
  wished: NewObject,
): Promise<string | undefined> {
  try {
    await client.create(type, wished, { signal, dryRun: true });
    return undefined;
  } catch (error) {
    if (isInvalid(error)) return rejectionText(error);
    if (error instanceof KubernetesError && error.code === 'already-exists') return undefined;
    throw error;
  }
}

/** Whether the API server refused what it was given, and will refuse it again. */
export function isInvalid(error: unknown): error is KubernetesError {
  return error instanceof KubernetesError && error.code === 'invalid';
}

/** How a refusal is told in the status. */
export function rejectionText({ answer, message }: KubernetesError): string {
  return `The Kubernetes API does not accept what ibu.yaml says, so the resource stays as it is until the file is mended: ${answer ?? message}`;
}

/** Removes this very resource. */
export async function removeResource(
  { client, signal }: OpenDoor,
  { metadata }: KubernetesObject,
): Promise<void> {
  const { name, uid } = metadata;
  await client.remove(IMAGE_BASED_UPGRADES, { name }, { signal, ...(uid === undefined ? {} : { uid }) });
}
