/**
 * The type of a field's content: text, raw bytes (base64 in JSON), anything that is neither and is not edited by name,
 * or a message by its name in the tables.
 */
export type FieldType = 'string' | 'bytes' | 'other' | (string & {});

/** A field as its JSON name leads to it: number, type, and whether it is one, a list or a map by text keys. */
export interface FieldShape {
  readonly number: number;
  readonly type: FieldType;
  readonly many: 'one' | 'list' | 'map';
}

/** The fields of a message that lca walks along; all others stay unknown, and untouched. */
export interface MessageShape {
  readonly [jsonName: string]: FieldShape;
}

/** Fields whose message's own fields JSON shows one level up; listed under this name. */
export const INLINE = '(inline)';

export function one(number: number, type: FieldType = 'string'): FieldShape {
  return { number, type, many: 'one' };
}

export function list(number: number, type: FieldType = 'string'): FieldShape {
  return { number, type, many: 'list' };
}

export function map(number: number, type: FieldType = 'string'): FieldShape {
  return { number, type, many: 'map' };
}
