import type { Field, ListField, ObjectType } from '../schema/field.ts';
import { fieldsOf } from '../schema/fields-of.ts';
import type { Context } from './context.ts';

type Values = Record<string, unknown>;

/**
 * A generated config (`parent`) and the user's own (`child`) as one, as Ignition merges configs: the child's fields
 * win; objects are merged; lists by the keys of their items, the parent's items first; options are concatenated.
 * Neither is changed.
 */
export function merged(type: ObjectType, parent: Values, child: Values, context: Context): Values {
  const to: Values = { ...parent };
  if (context.origins.has(child)) context.origins.note(to, context.origins.pathOf(child, []));
  for (const { name, field } of fieldsOf(type, context.spec)) {
    const ours = parent[name];
    const theirs = child[name];
    to[name] = mergedField(field, { type, name, parent, child }, ours, theirs, context);
    const from = theirs === undefined ? parent : child;
    const isLeaf =
      to[name] !== undefined && (typeof to[name] !== 'object' || !context.origins.has(to[name] as object));
    if (isLeaf && context.origins.has(to))
      context.origins.noteField(to, name, context.origins.pathOf(from, [name]));
  }
  return to;
}

interface Place {
  readonly type: ObjectType;
  readonly name: string;
  readonly parent: Values;
  readonly child: Values;
}

function mergedField(field: Field, place: Place, ours: unknown, theirs: unknown, context: Context): unknown {
  if (ours === undefined) return theirs;
  if (theirs === undefined && !place.type.sharedKeys.includes(place.name)) return ours;
  switch (field.kind) {
    case 'object':
      return merged(field.type, ours as Values, theirs as Values, context);
    case 'list':
      return mergedLists(field, place, ours as unknown[], (theirs ?? []) as unknown[], context);
    case 'string':
    case 'int':
    case 'bool':
    case 'labels':
      // A field that is always there counts as not given while it is empty.
      return field.options.presence === 'always' && theirs === '' ? ours : theirs;
  }
}

function mergedLists(
  field: ListField,
  place: Place,
  ours: unknown[],
  theirs: unknown[],
  context: Context,
): unknown[] {
  const item = field.item;
  const keyOf = (value: unknown): string => itemKey(item, value);
  const own = new Map(theirs.map((value) => [keyOf(value), value]));
  const from: { value: unknown; list: unknown[]; index: number }[] = [];
  const isTaken = field.options.concatenated ? () => false : takenElsewhere(place, context);
  const present = new Set<string>();
  for (const [index, value] of ours.entries()) {
    const key = keyOf(value);
    const same = field.options.concatenated ? undefined : own.get(key);
    present.add(key);
    if (same !== undefined && item.kind === 'object') {
      from.push({
        value: merged(item.type, value as Values, same as Values, context),
        list: ours,
        index,
      });
    } else if (!isTaken(key)) from.push({ value, list: ours, index });
  }
  for (const [index, value] of theirs.entries()) {
    if (field.options.concatenated || !present.has(keyOf(value))) from.push({ value, list: theirs, index });
  }
  return collected(from, context);
}

/** Whether a key of a shared name space stands in another list of the child: that one wins. */
function takenElsewhere({ type, name, child }: Place, context: Context): (key: string) => boolean {
  if (!type.sharedKeys.includes(name)) return () => false;
  const others = fieldsOf(type, context.spec).filter(
    (field) => field.name !== name && type.sharedKeys.includes(field.name),
  );
  const keys = new Set(
    others.flatMap(({ name: other, field }) =>
      ((child[other] ?? []) as unknown[]).map((value) => itemKey((field as ListField).item, value)),
    ),
  );
  return (key) => keys.has(key);
}

function collected(
  from: readonly { value: unknown; list: unknown[]; index: number }[],
  context: Context,
): unknown[] {
  const { origins } = context;
  const items = from.map(({ value }) => value);
  const main = from.at(-1)?.list;
  origins.note(items, main === undefined ? [] : origins.pathOf(main, []));
  for (const [i, { value, list, index }] of from.entries()) {
    if (typeof value !== 'object' || value === null)
      origins.noteField(items, i, origins.pathOf(list, [index]));
  }
  return items;
}

/** What makes an item of a list the same as another. */
export function itemKey(item: Field, value: unknown): string {
  return item.kind === 'object' ? (item.type.key?.(value as Values) ?? '') : String(value);
}
