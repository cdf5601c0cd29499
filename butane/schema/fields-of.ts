import { snakeCase } from '../report/path.ts';
import { type Field, hasField, type ObjectType } from './field.ts';
import type { Spec } from './spec.ts';

/** One field of an object as a version of the language has it. */
export interface NamedField {
  /** In Ignition. */
  readonly name: string;
  /** In Butane. */
  readonly key: string;
  readonly field: Field;
}

const KNOWN = new WeakMap<ObjectType, Map<Spec, readonly NamedField[]>>();
const KNOWN_KEYS = new WeakMap<readonly NamedField[], ReadonlyMap<string, NamedField>>();

/** The fields that a version of the language has, in order. */
export function fieldsOf(type: ObjectType, spec: Spec): readonly NamedField[] {
  let bySpec = KNOWN.get(type);
  if (bySpec === undefined) KNOWN.set(type, (bySpec = new Map()));
  let found = bySpec.get(spec);
  if (found === undefined) {
    found = Object.entries(type.fields)
      .filter(([, field]) => hasField(field, spec))
      .map(([name, field]) => ({ name, key: snakeCase(name), field }));
    bySpec.set(spec, found);
  }
  return found;
}

/** The same by the name they have in Butane. */
export function fieldsByKey(type: ObjectType, spec: Spec): ReadonlyMap<string, NamedField> {
  const fields = fieldsOf(type, spec);
  let byKey = KNOWN_KEYS.get(fields);
  if (byKey === undefined) {
    byKey = new Map(
      fields.filter(({ field }) => field.options.presence !== 'generated').map((field) => [field.key, field]),
    );
    KNOWN_KEYS.set(fields, byKey);
  }
  return byKey;
}
