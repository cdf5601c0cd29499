import type { z } from 'zod';
import type { ContractErrorCode } from './contract-error.ts';
import { nearMiss } from './near-miss.ts';
import { type FieldPath, fieldName, fieldPaths, fieldsAt } from './schema-fields.ts';

type Issue = z.core.$ZodIssue;
type Of<Code extends Issue['code']> = Extract<Issue, { code: Code }>;

export interface Found {
  readonly code: ContractErrorCode;
  readonly path: FieldPath;
  readonly text: string;
  readonly remedy: string | undefined;
  /** For a misspelt or misplaced field: the one that was meant. */
  readonly meant?: string | undefined;
}

/** What a description needs to know besides the issue itself. */
interface Place {
  readonly path: FieldPath;
  readonly name: string;
  readonly input: unknown;
  readonly root: unknown;
  readonly schema: z.ZodType;
  readonly what: string;
}

/** Turns zod's issues into clauses: `spec.stage must be one of Idle, Prep, Upgrade, Rollback, not "prep"; did you mean Prep?` */
export function problemsOf(
  issues: readonly Issue[],
  schema: z.ZodType,
  root: unknown,
  what: string,
): Found[] {
  const found = issues.flatMap((issue) => describe(issue, [], { root, schema, what }));
  // A misspelt field would otherwise be reported twice: as unknown, and as missing under its right name.
  const meant = new Set(found.flatMap((problem) => problem.meant ?? []));
  return found.filter(({ code, path }) => code !== 'missing-field' || !meant.has(fieldName(path)));
}

function describe(issue: Issue, parent: FieldPath, about: Pick<Place, 'root' | 'schema' | 'what'>): Found[] {
  const path = [...parent, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  const name = path.length === 0 ? 'the document' : fieldName(path);
  const place: Place = { ...about, path, name, input: valueAt(about.root, path) };
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField(key, place));
    case 'invalid_type':
      return [
        place.input === undefined
          ? missing(place, kindNamed(issue.expected))
          : wrongType(place, [issue.expected]),
      ];
    case 'invalid_value':
      return [notInList(issue, place)];
    case 'invalid_union':
      return noBranch(issue, place);
    case 'too_small':
      return [
        badValue(
          place,
          typeof place.input === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`,
        ),
      ];
    case 'custom':
      return [
        {
          ...badValue(place, issue.message),
          ...(issue.params?.['missing'] ? { code: 'missing-field' } : {}),
        },
      ];
    case 'too_big':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
      return [badValue(place, issue.message.slice(0, 1).toLowerCase() + issue.message.slice(1))];
    default:
      return issue satisfies never;
  }
}

function missing({ path, name }: Place, kind: string): Found {
  return { code: 'missing-field', path, text: `${name} is missing`, remedy: `Add ${name}: ${kind}.` };
}

function wrongType({ path, name, input }: Place, expected: readonly string[]): Found {
  const kinds = [...new Set(expected.map((kind) => kindNamed(kind)))].join(' or ');
  return {
    code: 'wrong-type',
    path,
    text: `${name} must be ${kinds}, not ${kindOf(input)}`,
    remedy: `Make ${name} ${kinds}${typeof input === 'number' && expected.includes('string') ? ' (put it in quotes)' : ''}.`,
  };
}

function badValue({ path, name }: Place, clause: string): Found {
  return { code: 'bad-value', path, text: `${name} ${clause}`, remedy: undefined };
}

function notInList(issue: Of<'invalid_value'>, place: Place): Found {
  const { path, name, input } = place;
  const known = issue.values.map(String);
  if (input === undefined) return missing(place, known.join(', '));
  const near = typeof input === 'string' ? nearMiss(input, known) : undefined;
  const choice = known.length === 1 ? `must be ${known[0]}` : `must be one of ${known.join(', ')}`;
  // Values of closed lists only (stages, versions, kinds): never a secret, cut all the same.
  const given = typeof input === 'string' ? JSON.stringify(input.slice(0, 40)) : kindOf(input);
  return {
    code: typeof input === typeof issue.values[0] ? 'bad-value' : 'wrong-type',
    path,
    text: `${name} ${choice}, not ${given}${near === undefined ? '' : `; did you mean ${near}?`}`,
    remedy: near === undefined ? `Write one of ${known.join(', ')}.` : `Write ${near}.`,
  };
}

/** The problems of the branch that was meant (the one of the value's own type), else that no type fits. */
function noBranch(issue: Of<'invalid_union'>, place: Place): Found[] {
  const ofThisType = issue.errors.find((errors) =>
    errors.every((error) => error.path.length > 0 || error.code !== 'invalid_type'),
  );
  if (ofThisType !== undefined) return ofThisType.flatMap((error) => describe(error, place.path, place));
  const expected = issue.errors.flat().flatMap((error) => ('expected' in error ? error.expected : []));
  return [
    place.input === undefined
      ? missing(place, expected.map(kindNamed).join(' or '))
      : wrongType(place, expected),
  ];
}

function unknownField(key: string, { path: parent, schema, what }: Place): Found {
  const path = [...parent, key];
  const text = `${fieldName(path)} is not a field of ${what}`;
  const near = nearMiss(key, fieldsAt(schema, parent));
  if (near !== undefined) {
    return {
      code: 'unknown-field',
      path,
      text: `${text}; did you mean ${near}?`,
      remedy: `Rename it to ${near}.`,
      meant: fieldName([...parent, near]),
    };
  }
  const elsewhere = fieldPaths(schema).find((known) => known.split('.').at(-1) === key);
  if (elsewhere !== undefined) {
    return {
      code: 'unknown-field',
      path,
      text: `${text}; it belongs at ${elsewhere}`,
      remedy: `Move it to ${elsewhere} (check the indentation).`,
      meant: elsewhere,
    };
  }
  return { code: 'unknown-field', path, text, remedy: 'Remove it.' };
}

function valueAt(root: unknown, path: FieldPath): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

function kindNamed(expected: string): string {
  return KINDS[expected] ?? expected;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}
