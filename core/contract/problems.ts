import type { z } from 'zod';
import type { ContractErrorCode } from './contract-error.ts';
import { nearMiss } from './near-miss.ts';
import { fieldName, fieldPaths, fieldsAt } from './schema-fields.ts';

type Path = (string | number)[];
type Issue = z.core.$ZodIssue;

export interface Found {
  readonly code: ContractErrorCode;
  readonly path: readonly (string | number)[];
  readonly text: string;
  readonly remedy: string | undefined;
}

/** Puts zod's issues into sentences' middles: "spec.stage must be one of Idle, Prep, …, not "prep"". */
export function problemsOf(
  issues: readonly Issue[],
  schema: z.ZodType,
  value: unknown,
  what: string,
): Found[] {
  const found = issues.flatMap((issue) => describe(issue, [], schema, value, what));
  // A misspelt field would otherwise be reported twice: as unknown, and as missing under its right name.
  const meant = new Set(found.map((problem) => problem.meant).filter((field) => field !== undefined));
  return found.filter(({ code, path }) => code !== 'missing-field' || !meant.has(fieldName(path)));
}

function describe(
  issue: Issue,
  parent: Path,
  schema: z.ZodType,
  root: unknown,
  what: string,
): (Found & { readonly meant?: string | undefined })[] {
  const path = [...parent, ...(issue.path as Path)];
  const name = path.length === 0 ? 'the document' : fieldName(path);
  const input = at(root, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField(key, path, schema, what));
    case 'invalid_type':
      return input === undefined
        ? [
            {
              code: 'missing-field',
              path,
              text: `${name} is missing`,
              remedy: `Add ${name} (${article(issue.expected)}).`,
            },
          ]
        : [
            {
              code: 'wrong-type',
              path,
              text: `${name} must be ${article(issue.expected)}, not ${kindOf(input)}`,
              remedy: undefined,
            },
          ];
    case 'invalid_value': {
      const known = issue.values.map(String);
      if (input === undefined) {
        return [
          {
            code: 'missing-field',
            path,
            text: `${name} is missing`,
            remedy: `Add ${name}: ${known.join(', ')}.`,
          },
        ];
      }
      const near = typeof input === 'string' ? nearMiss(input, known) : undefined;
      const choice = known.length === 1 ? `must be ${known[0]}` : `must be one of ${known.join(', ')}`;
      const hint = near === undefined ? '' : `; did you mean ${near}?`;
      return [
        {
          code: typeof input === typeof issue.values[0] ? 'bad-value' : 'wrong-type',
          path,
          text: `${name} ${choice}, not ${shown(input)}${hint}`,
          remedy: near === undefined ? undefined : `Write ${near}.`,
        },
      ];
    }
    case 'invalid_union': {
      const branch = issue.errors.find((errors) =>
        errors.every((error) => error.path.length > 0 || error.code !== 'invalid_type'),
      );
      if (branch !== undefined) return branch.flatMap((error) => describe(error, path, schema, root, what));
      const kinds = issue.errors
        .flat()
        .map((error) => ('expected' in error ? article(error.expected) : error.message));
      return [
        input === undefined
          ? { code: 'missing-field', path, text: `${name} is missing`, remedy: `Add ${name}.` }
          : {
              code: 'wrong-type',
              path,
              text: `${name} must be ${[...new Set(kinds)].join(' or ')}, not ${kindOf(input)}`,
              remedy: undefined,
            },
      ];
    }
    case 'too_small':
      return [
        {
          code: 'bad-value',
          path,
          text:
            typeof input === 'string'
              ? `${name} must not be empty`
              : `${name} must be at least ${issue.minimum}`,
          remedy: undefined,
        },
      ];
    case 'custom':
    case 'invalid_format':
    case 'too_big':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
      return [{ code: 'bad-value', path, text: `${name} ${lowerFirst(issue.message)}`, remedy: undefined }];
  }
}

function unknownField(key: string, parent: Path, schema: z.ZodType, what: string) {
  const path = [...parent, key];
  const near = nearMiss(key, fieldsAt(schema, parent));
  const elsewhere =
    near === undefined ? fieldPaths(schema).find((known) => known.split('.').at(-1) === key) : undefined;
  const hint =
    near !== undefined
      ? `; did you mean ${near}?`
      : elsewhere !== undefined
        ? `; it belongs at ${elsewhere}`
        : '';
  const remedy =
    near !== undefined
      ? `Rename it to ${near}.`
      : elsewhere !== undefined
        ? `Move it to ${elsewhere} (check the indentation).`
        : 'Remove it.';
  return {
    code: 'unknown-field' as const,
    path,
    text: `${fieldName(path)} is not a field of ${what}${hint}`,
    remedy,
    meant: near === undefined ? elsewhere : fieldName([...parent, near]),
  };
}

function at(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) value = (value as Record<string | number, unknown> | null | undefined)?.[key];
  return value;
}

function article(kind: string): string {
  const names: Record<string, string> = {
    string: 'a text',
    boolean: 'true or false',
    number: 'a number',
    int: 'a whole number',
    object: 'a mapping',
    record: 'a mapping',
    array: 'a list',
  };
  return names[kind] ?? kind;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

/** Values of closed lists only (stages, versions, kinds), so never a secret; cut all the same. */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : kindOf(value);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
