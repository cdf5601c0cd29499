import type { Path } from '../report/path.ts';
import type { Field, ObjectType } from '../schema/field.ts';
import { fieldsOf } from '../schema/fields-of.ts';
import { user } from '../schema/passwd.ts';
import { certificateAuthority, reference, resource } from '../schema/resource.ts';
import { dropin, unit } from '../schema/systemd.ts';
import { fillContents } from './contents.ts';
import type { Context } from './context.ts';
import { fillResource } from './resource.ts';
import { fillKeys } from './ssh-keys.ts';

type Values = Record<string, unknown>;

/** What turns an object's sugar into Ignition's fields, by type: `from` as decoded, `to` as copied. */
const SUGAR = new Map<unknown, (from: Values, to: Values, at: Path, context: Context) => void>([
  [resource, fillResource],
  [reference, fillResource],
  [certificateAuthority, fillResource],
  [unit, fillContents],
  [dropin, fillContents],
  [user, fillKeys],
]);

/**
 * The Ignition object for a decoded Butane object: all fields that are the same in both, and what the sugar of its own
 * fields makes. In the order of the tables, so that problems come out in that order.
 */
export function copied(type: ObjectType, from: Values, at: Path, context: Context): Values {
  const to: Values = {};
  context.origins.note(to, at);
  for (const { name, key, field } of fieldsOf(type, context.spec)) {
    const value = from[name];
    if (value === undefined || field.options.presence === 'sugar') continue;
    to[name] = copiedValue(field, value, [...at, key], context);
  }
  SUGAR.get(type)?.(from, to, at, context);
  return to;
}

function copiedValue(field: Field, value: unknown, at: Path, context: Context): unknown {
  if (field.kind === 'object') return copied(field.type, value as Values, at, context);
  if (field.kind !== 'list') return value;
  const items = (value as unknown[]).map((item, i) => copiedValue(field.item, item, [...at, i], context));
  context.origins.note(items, at);
  return items;
}
