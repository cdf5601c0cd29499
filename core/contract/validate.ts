import type { z } from 'zod';
import { ContractError, type Problem } from './contract-error.ts';
import { problemsOf } from './problems.ts';
import { fieldName } from './schema-fields.ts';
import type { Source } from './source.ts';

/**
 * Checks a parsed file against its schema and returns what the schema makes of it.
 *
 * @param what the thing's name in messages: "an ImageBasedUpgrade (v1)", "the seed's manifest"
 * @param remedies by field name: better advice than the general one
 * @throws ContractError that names every problem with its place, field and remedy
 */
export function validate<Schema extends z.ZodType>(
  source: Source,
  schema: Schema,
  what: string,
  remedies: Readonly<Record<string, string>> = {},
): z.output<Schema> {
  const result = schema.safeParse(source.value);
  if (result.success) return result.data;
  const problems: Problem[] = problemsOf(result.error.issues, schema, source.value, what).map((found) => ({
    code: found.code,
    file: source.file,
    position: source.locate(found.path),
    field: fieldName(found.path),
    text: found.text,
    remedy: remedies[fieldName(found.path)] ?? found.remedy,
  }));
  const [first, ...rest] = problems.toSorted(
    (a, b) =>
      (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
      (a.position?.column ?? 0) - (b.position?.column ?? 0),
  );
  if (first === undefined) throw new Error('zod refused a document without saying why');
  throw new ContractError([first, ...rest]);
}
