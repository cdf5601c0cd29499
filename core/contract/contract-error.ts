import { type ErrorDetails, LcaError } from '../errors/lca-error.ts';

/**
 * - `syntax`: not YAML or JSON at all
 * - `unknown-kind`, `unknown-version`: a resource, or a version of it, that lca does not know
 * - `unknown-field`, `missing-field`, `wrong-type`, `bad-value`: a field that is not as the schema says
 * - `duplicate`: the same object given twice
 * - `missing-file`, `missing-reference`: something named that is not there
 * - `changing`: somebody else changes the file again and again
 * - `immutable`: a part of a request that may not change while an upgrade is under way
 */
export type ContractErrorCode =
  | 'syntax'
  | 'unknown-kind'
  | 'unknown-version'
  | 'unknown-field'
  | 'missing-field'
  | 'wrong-type'
  | 'bad-value'
  | 'duplicate'
  | 'missing-file'
  | 'missing-reference'
  | 'changing'
  | 'immutable';

/** Where in a file, counted from 1 as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a file. */
export interface Problem {
  readonly code: ContractErrorCode;
  readonly file: string;
  readonly position: Position | undefined;
  /** `spec.seedImageRef.version`; empty for the whole document. */
  readonly field: string;
  /** What is wrong, as a clause that names the field. Never the field's value where that could be a secret. */
  readonly text: string;
  readonly remedy: string | undefined;
}

const SHOWN = 5;

/**
 * A file of the contract that cannot be used as it is. The message names every problem (the first five) with file,
 * line and column, the field, what is wrong and what was probably meant; `problems` has them as data.
 */
export class ContractError extends LcaError<ContractErrorCode> {
  readonly problems: readonly Problem[];

  constructor(problems: readonly [Problem, ...Problem[]], details: ErrorDetails = {}) {
    const [first, ...others] = problems;
    const rest = problems.length - SHOWN;
    const clauses = others.slice(0, SHOWN - 1).map((problem) => `; ${clause(problem, '')}`);
    const text = `${clause(first, first.file)}${clauses.join('')}${rest > 0 ? `; and ${rest} more` : ''}`;
    super(first.code, text.endsWith('?') ? text : `${text}.`, {
      ...(first.remedy === undefined ? {} : { remedy: first.remedy }),
      ...details,
    });
    this.problems = problems;
  }
}

/** A `ContractError` for one problem without a place inside the file. */
export function contractError(
  code: ContractErrorCode,
  file: string,
  text: string,
  details: ErrorDetails & { readonly field?: string; readonly position?: Position } = {},
): ContractError {
  const { field = '', position, remedy, ...rest } = details;
  return new ContractError([{ code, file, position, field, text, remedy }], rest);
}

function clause({ position, text }: Problem, file: string): string {
  const place = [file, position?.line, position?.column].filter((part) => part !== '' && part !== undefined);
  return place.length === 0 ? text : `${place.join(':')}: ${text}`;
}
