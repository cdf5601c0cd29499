export { editFields, type FieldEdit, type FieldMatch, findFields } from './fields.ts';
export { type Encoding, encodingOf, knowsKind, type ObjectIdentity, readObject } from './object.ts';
