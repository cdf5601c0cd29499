import type { ServedType } from '../../../core/tools/kubernetes/discovery.ts';
import type { Reader } from '../patient-reader.ts';
import { groupResource } from './filters.ts';
import { type Json, listAt, mappingAt, textAt } from './json.ts';

interface RelatedOptions {
  readonly client: Reader;
  readonly types: readonly ServedType[];
  readonly signal: AbortSignal;
}

/** An object that another one needs. */
export interface Related {
  readonly type: ServedType;
  readonly object: Json;
}

const RBAC = 'rbac.authorization.k8s.io';
const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';

/** What an object needs to be of use, as it is in the cluster now (backup-restore.md 3.4). */
export async function relatedTo(
  options: RelatedOptions,
  type: ServedType,
  object: Json,
): Promise<readonly Related[]> {
  const namespace = textAt(object, 'metadata', 'namespace');
  switch (groupResource(type)) {
    case 'pods': {
      const claims = listAt(object, 'spec', 'volumes')
        .map((volume) => textAt(volume, 'persistentVolumeClaim', 'claimName'))
        .filter((name) => name !== '');
      return [
        ...(await each(options, 'persistentvolumeclaims', claims, namespace)),
        ...(await each(options, 'priorityclasses.scheduling.k8s.io', [
          textAt(object, 'spec', 'priorityClassName'),
        ])),
      ];
    }
    case 'persistentvolumeclaims':
      return textAt(object, 'status', 'phase') === 'Bound'
        ? each(options, 'persistentvolumes', [textAt(object, 'spec', 'volumeName')])
        : [];
    case 'serviceaccounts':
      return bindingsOf(options, namespace, textAt(object, 'metadata', 'name'));
    default:
      // only a group with a dot can be a custom resource's
      return type.group.includes('.') ? each(options, DEFINITIONS, [`${type.plural}.${type.group}`]) : [];
  }
}

async function each(
  { client, types, signal }: RelatedOptions,
  resource: string,
  names: readonly string[],
  namespace?: string,
): Promise<readonly Related[]> {
  const type = types.find((known) => groupResource(known) === resource);
  if (type === undefined) return [];
  const related: Related[] = [];
  for (const name of new Set(names)) {
    if (name === '') continue;
    const object = await client.get(type, { name, namespace }, { signal });
    if (object !== undefined) related.push({ type, object });
  }
  return related;
}

/** ClusterRoleBindings with a ServiceAccount as subject, and their ClusterRoles. */
async function bindingsOf(
  options: RelatedOptions,
  namespace: string,
  name: string,
): Promise<readonly Related[]> {
  const { client, types, signal } = options;
  const type = types.find((known) => groupResource(known) === `clusterrolebindings.${RBAC}`);
  if (type === undefined) return [];
  const { items } = await client.list(type, { signal });
  const related: Related[] = [];
  for (const binding of items) {
    const isSubject = listAt(binding, 'subjects').some(
      (subject) =>
        subject['kind'] === 'ServiceAccount' &&
        subject['namespace'] === namespace &&
        subject['name'] === name,
    );
    if (!isSubject) continue;
    related.push({ type, object: binding });
    const role = mappingAt(binding, 'roleRef');
    if (role?.['kind'] === 'ClusterRole')
      related.push(...(await each(options, `clusterroles.${RBAC}`, [textAt(role, 'name')])));
  }
  return related;
}
