import type { Path } from '../report/path.ts';
import type { ObjectType } from '../schema/field.ts';
import { fieldsOf } from '../schema/fields-of.ts';
import type { Spec } from '../schema/spec.ts';
import { itemKey } from '../translate/merge.ts';

type Values = Record<string, unknown>;

/** Reports each item of an Ignition config that another item before it stands for too: an object's lists, then what is in them. */
export function findDuplicates(
  type: ObjectType,
  value: Values,
  spec: Spec,
  found: (path: Path) => void,
): void {
  inObject(type, value, [], spec, found);
}

function inObject(
  type: ObjectType,
  value: Values,
  path: Path,
  spec: Spec,
  found: (path: Path) => void,
): void {
  const shared = new Set<string>();
  const fields = fieldsOf(type, spec).filter(({ name }) => value[name] !== undefined);
  for (const { name, field } of fields) {
    if (field.kind !== 'list' || field.options.concatenated) continue;
    const seen = type.sharedKeys.includes(name) ? shared : new Set<string>();
    for (const [i, item] of (value[name] as unknown[]).entries()) {
      const key = itemKey(field.item, item);
      if (seen.has(key)) found([...path, name, i]);
      seen.add(key);
    }
  }
  for (const { name, field } of fields) {
    const inner = value[name];
    if (field.kind === 'object') inObject(field.type, inner as Values, [...path, name], spec, found);
    if (field.kind !== 'list' || field.item.kind !== 'object') continue;
    const items = inner as Values[];
    for (const [i, item] of items.entries()) inObject(field.item.type, item, [...path, name, i], spec, found);
  }
}
