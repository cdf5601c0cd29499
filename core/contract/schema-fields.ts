import { z } from 'zod';

/** Keys and list positions from the document's root to a field. */
export type FieldPath = readonly (string | number)[];

/** The field names a schema knows at a place; empty where it knows none (lists of texts, free mappings). */
export function fieldsAt(schema: z.ZodType, path: FieldPath): readonly string[] {
  let here: z.core.$ZodType[] = [schema];
  for (const key of path) here = here.flatMap((candidate) => children(candidate, key));
  return here
    .flatMap((candidate) => unwrap(candidate))
    .flatMap((s) => (s instanceof z.ZodObject ? Object.keys(s.shape) : []));
}

/** Every field a schema knows, as `spec.seedImageRef.version`; fields of list items without an index. */
export function fieldPaths(schema: z.core.$ZodType, prefix = ''): readonly string[] {
  return unwrap(schema).flatMap((s): readonly string[] => {
    if (s instanceof z.ZodArray) return fieldPaths(s.element, `${prefix}[]`);
    if (!(s instanceof z.ZodObject)) return [];
    return Object.entries(s.shape as Record<string, z.core.$ZodType>).flatMap(([key, value]) => {
      const name = prefix === '' ? key : `${prefix}.${key}`;
      return [name, ...fieldPaths(value, name)];
    });
  });
}

function children(schema: z.core.$ZodType, key: string | number): z.core.$ZodType[] {
  return unwrap(schema).flatMap((s) => {
    if (s instanceof z.ZodArray) return [s.element];
    if (s instanceof z.ZodRecord) return [s.valueType];
    const field = s instanceof z.ZodObject ? (s.shape as Record<string, z.core.$ZodType>)[key] : undefined;
    return field === undefined ? [] : [field];
  });
}

/** What is inside optional, default, nullable, read-only and pipe wrappers; all branches of a union. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion)
    return schema.options.flatMap((option: z.core.$ZodType) => unwrap(option));
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodReadonly
  ) {
    return unwrap(schema.def.innerType);
  }
  return [schema];
}

/** `spec.oadpContent[0].name` */
export function fieldName(path: FieldPath): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('');
}
