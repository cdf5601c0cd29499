import type { Restore } from '../../../core/contract/velero/restore.ts';
import type { KubernetesClient } from '../../../core/tools/kubernetes/kubernetes-client.ts';
import { KubernetesError } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import type { ObjectName, ResourceType } from '../../../core/tools/kubernetes/kubernetes-object.ts';
import { type NamedType, passes, resolved } from './filters.ts';
import { isJson, type Json, textAt } from './json.ts';

/**
 * The status that an item gets back: of the kinds that the Restore names, or where the item's own annotation asks for it
 * (backup-restore.md 3.8); undefined if none.
 */
export function statusToRestore(
  resource: string,
  archived: Json,
  { restoreStatus }: Pick<Restore['spec'], 'restoreStatus'>,
  types: readonly NamedType[],
): Json | undefined {
  const { status } = archived;
  const own = textAt(archived, 'metadata', 'annotations', 'velero.io/restore-status');
  const isNamed =
    restoreStatus !== null &&
    restoreStatus.includedResources.length > 0 &&
    passes(
      resolved(restoreStatus.includedResources, types),
      resolved(restoreStatus.excludedResources, types),
      resource,
    );
  return isJson(status) && (own === 'true' || (isNamed && own !== 'false')) ? status : undefined;
}

/** Writes an object's status, once more or not. @throws KubernetesError */
export async function writeStatus(
  client: KubernetesClient,
  type: ResourceType,
  name: ObjectName,
  status: Json,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.patch(type, name, { status }, { signal, subresource: 'status' });
  } catch (error) {
    const isMissing = error instanceof KubernetesError && error.code === 'not-found';
    if (!isMissing || (await client.get(type, name, { signal })) === undefined) throw error;
    // the kind has no status of its own: it is a field like any other
    await client.patch(type, name, { status }, { signal });
  }
}
