import type { Spec } from './spec.ts';

/**
 * When a field stands in the Ignition config: whenever given (even `false`, `0`, empty text); always; only if not 0;
 * always up to Ignition 3.2 and later when given; never, because it is Butane's own (`sugar`); or always, because it
 * is Ignition's own and no field of Butane (`generated`).
 */
export type Presence = 'given' | 'always' | 'non-zero' | 'always-until-3.2' | 'sugar' | 'generated';

export interface FieldOptions {
  /** First and last fcos version (second number) that has the field. */
  readonly since?: number;
  readonly until?: number;
  /** Only in that variant. */
  readonly variant?: 'openshift';
  readonly presence?: Presence;
  /** For a list of text: the name the reference implementation gives the type of its items. */
  readonly itemName?: string;
  /** Merged lists: items of both, unchecked for duplicates, instead of one item per key. */
  readonly concatenated?: true;
}

interface FieldOf<Kind extends string> {
  readonly kind: Kind;
  readonly options: FieldOptions;
}

export type ScalarField = FieldOf<'string'> | FieldOf<'int'> | FieldOf<'bool'>;
export interface ListField<Item = Field> extends FieldOf<'list'> {
  readonly item: Item;
}
export interface ObjectField<Type = ObjectType> extends FieldOf<'object'> {
  readonly type: Type;
}
/** Names to text, as in `metadata.labels`. */
export type LabelsField = FieldOf<'labels'>;
export type Field = ScalarField | ListField | ObjectField | LabelsField;

export type Fields = Readonly<Record<string, Field>>;

/** Where a type is declared in the reference implementation; its messages name the package. */
export type Layer = 'base' | 'fcos' | 'openshift';

/**
 * One kind of object. Its fields are named as in Ignition and stand in the order in which they are emitted and
 * validated; this one table drives decoding, unused keys, validation order, merging and emission.
 */
export interface ObjectType<F extends Fields = Fields> {
  readonly name: string;
  readonly layer: Layer;
  readonly fields: F;
  /** What makes two items of a list the same item; undefined where such objects are in no keyed list. */
  readonly key: ((value: Readonly<Record<string, unknown>>) => string) | undefined;
  /** Lists of this object that share one name space of keys. */
  readonly sharedKeys: readonly string[];
}

export type ValueOf<F> =
  F extends FieldOf<'string'>
    ? string
    : F extends FieldOf<'int'>
      ? number
      : F extends FieldOf<'bool'>
        ? boolean
        : F extends FieldOf<'labels'>
          ? Record<string, string>
          : F extends ListField<infer Item>
            ? ValueOf<Item>[]
            : F extends ObjectField<infer Type>
              ? ObjectOf<Type>
              : never;

/** The values of an object type: every field may be absent. */
export type ObjectOf<Type> =
  Type extends ObjectType<infer F> ? { [Name in keyof F]?: ValueOf<F[Name]> | undefined } : never;

export function text(options: FieldOptions = {}): FieldOf<'string'> {
  return { kind: 'string', options };
}

export function int(options: FieldOptions = {}): FieldOf<'int'> {
  return { kind: 'int', options };
}

export function bool(options: FieldOptions = {}): FieldOf<'bool'> {
  return { kind: 'bool', options };
}

export function labels(options: FieldOptions = {}): LabelsField {
  return { kind: 'labels', options };
}

export function list<Item>(item: Item, options: FieldOptions = {}): ListField<Item> {
  return { kind: 'list', item, options };
}

export function listOf<Type>(type: Type, options: FieldOptions = {}): ListField<ObjectField<Type>> {
  return list(object(type), options);
}

export function texts(options: FieldOptions = {}): ListField<FieldOf<'string'>> {
  return list(text(), options);
}

export function object<Type>(type: Type, options: FieldOptions = {}): ObjectField<Type> {
  return { kind: 'object', type, options };
}

/** Declares an object type. */
export function objectType<F extends Fields>(
  name: string,
  fields: F,
  more: {
    layer?: Layer;
    key?: (value: Readonly<Record<string, unknown>>) => string;
    sharedKeys?: readonly string[];
  } = {},
): ObjectType<F> {
  return { name, layer: more.layer ?? 'base', fields, key: more.key, sharedKeys: more.sharedKeys ?? [] };
}

/** A field's value as part of a key; nothing for what is absent. */
export function scalarText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A key that is one field's text. */
export function keyedBy(name: string): (value: Readonly<Record<string, unknown>>) => string {
  return (value) => scalarText(value[name]);
}

/** Whether a version of the language has a field. */
export function hasField({ options }: Field, spec: Spec): boolean {
  return (
    spec.fcos >= (options.since ?? 0) &&
    spec.fcos <= (options.until ?? Number.POSITIVE_INFINITY) &&
    (options.variant === undefined || options.variant === spec.variant)
  );
}
