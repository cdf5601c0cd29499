import { type Config, config } from '../schema/config.ts';
import type { Field, ObjectType } from '../schema/field.ts';
import { fieldsOf } from '../schema/fields-of.ts';
import type { Spec } from '../schema/spec.ts';

export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
type Values = Record<string, unknown>;

/** The Ignition config as it is written down: the tables' fields in the tables' order, what is empty left out. */
export function ignitionObject(value: Config, spec: Spec): Json {
  return emitted(config, value, spec);
}

function emitted(type: ObjectType, value: Values, spec: Spec): { [key: string]: Json } {
  const out: { [key: string]: Json } = {};
  for (const { name, field } of fieldsOf(type, spec)) {
    const json = emittedField(field, value[name], spec);
    if (json !== undefined) out[name] = json;
  }
  return out;
}

function emittedField(field: Field, value: unknown, spec: Spec): Json | undefined {
  const { presence = 'given' } = field.options;
  if (presence === 'sugar') return undefined;
  const always = presence === 'always' || (presence === 'always-until-3.2' && spec.ignition <= 2);
  if (presence === 'non-zero' && value === 0) return undefined;
  if (field.kind === 'object') {
    const object = emitted(field.type, (value ?? {}) as Values, spec);
    return value !== undefined && (always || Object.keys(object).length > 0) ? object : undefined;
  }
  if (field.kind === 'list') return emittedList(field.item, (value ?? []) as unknown[], spec);
  return (value as Json | undefined) ?? (always ? '' : undefined);
}

function emittedList(item: Field, values: readonly unknown[], spec: Spec): Json | undefined {
  if (values.length === 0) return undefined;
  if (item.kind !== 'object') return values as Json[];
  return values.map((value) => emitted(item.type, value as Values, spec));
}
