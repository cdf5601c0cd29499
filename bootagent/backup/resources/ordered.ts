import type { ServedType } from '../../../core/tools/kubernetes/discovery.ts';
import { groupResource, resolved } from './filters.ts';
import { type Json, textAt } from './json.ts';

/** Objects of one kind as `orderedResources` has them: those it names first, as `namespace/name` or `name`. */
export function inAskedOrder<Item extends Json>(
  ordered: Readonly<Record<string, string>>,
  type: ServedType,
  types: readonly ServedType[],
  objects: readonly Item[],
): readonly Item[] {
  const asked = Object.entries(ordered).find(([name]) =>
    resolved([name], types).includes(groupResource(type)),
  );
  if (asked === undefined) return objects;
  const places = asked[1].split(',').map((place) => place.trim());
  const rank = (object: Json): number => {
    const [namespace, name] = [textAt(object, 'metadata', 'namespace'), textAt(object, 'metadata', 'name')];
    const at = places.indexOf(namespace === '' ? name : `${namespace}/${name}`);
    return at === -1 ? places.length : at;
  };
  return objects.toSorted((a, b) => rank(a) - rank(b));
}
