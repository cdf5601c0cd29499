import type { Path } from '../report/path.ts';
import type { Field, ObjectType } from '../schema/field.ts';
import { fieldsOf } from '../schema/fields-of.ts';
import type { Spec } from '../schema/spec.ts';

type Values = Record<string, unknown>;

/** What is looked at, by type. A rule sees one object and its path; it says what it finds through a report of its own. */
export type Rules<Extra> = ReadonlyMap<unknown, Rule<Extra>>;

/** Method syntax, so that a rule may name the values of its own type. */
type Rule<Extra> = { bivariance(value: Values, path: Path, extra: Extra): void }['bivariance'];

export function rulesOf<Extra>(
  rules: readonly (readonly [type: unknown, rule: Rule<Extra>])[],
): Rules<Extra> {
  return new Map(rules);
}

/**
 * Applies rules to an object and all objects in it: an object before what it holds, fields in the order of the tables.
 * Objects that are not there are looked at as empty ones, because something may be required of them.
 *
 * @param names whether paths are in Butane's or in Ignition's names
 */
export function walk<Extra>(
  type: ObjectType,
  value: Values,
  options: { spec: Spec; names: 'butane' | 'ignition'; rules: Rules<Extra>; extra: Extra },
): void {
  const { spec, names, rules, extra } = options;
  const visit = (of: ObjectType, object: Values, path: Path): void => {
    rules.get(of)?.(object, path, extra);
    for (const { name, key, field } of fieldsOf(of, spec))
      visitField(field, object[name], [...path, names === 'butane' ? key : name]);
  };
  const visitField = (field: Field, found: unknown, path: Path): void => {
    if (field.kind === 'object') {
      const objectOf = field.type;
      if (found !== undefined) visit(objectOf, found as Values, path);
      else rules.get(objectOf)?.({}, path, extra);
    } else if (field.kind === 'list' && found !== undefined && field.item.kind === 'object') {
      for (const [i, item] of (found as Values[]).entries()) visit(field.item.type, item, [...path, i]);
    }
  };
  visit(type, value, []);
}
