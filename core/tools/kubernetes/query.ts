import type { ListOptions, WriteOptions } from './call-options.ts';
import type { ObjectName, ResourceType } from './kubernetes-object.ts';

/** Where a list or watch looks: in one namespace, or everywhere. */
export function namespaceOf({ namespace }: { readonly namespace?: string }): Partial<ObjectName> {
  return namespace === undefined ? {} : { namespace };
}

/** Which objects of a type. */
export function selection({
  labelSelector,
  fieldSelector,
}: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>) {
  return { labelSelector, fieldSelector };
}

/** The query of a write. */
export function writeQuery(
  { dryRun }: WriteOptions,
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  return queryOf({ ...query, dryRun: dryRun === true ? 'All' : undefined });
}

/** Parameters that are given, as a query; empty if none is. */
export function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value);
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** An object in messages: `configmaps n/x`. */
export function spoken({ plural }: ResourceType, { name, namespace }: ObjectName): string {
  return `${plural} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
