import { type ErrorDetails, LcaError } from '../core/errors/lca-error.ts';
import type { Entry } from './report/report.ts';

/**
 * - `no-variant`, `bad-version`, `unknown-version`: which language the file is written in cannot be told, or is unknown
 * - `yaml`: not YAML
 * - `types`: YAML of the wrong shape, such as text where a number belongs
 * - `invalid-source`: the report has errors about what was written
 * - `invalid-output`: the report has errors about the Ignition config it would become
 * - `warnings`: the report has warnings, and they were to count as errors
 */
export type ButaneErrorCode =
  | 'no-variant'
  | 'bad-version'
  | 'unknown-version'
  | 'yaml'
  | 'types'
  | 'invalid-source'
  | 'invalid-output'
  | 'warnings';

export interface ButaneErrorDetails extends ErrorDetails {
  /** Everything found up to the failure, in order; empty where the message says it all. */
  readonly report?: readonly Entry[];
}

/** A Butane config that cannot be translated. The message is the reference implementation's, word for word. */
export class ButaneError extends LcaError<ButaneErrorCode> {
  readonly report: readonly Entry[];

  constructor(code: ButaneErrorCode, message: string, details: ButaneErrorDetails = {}) {
    super(code, message, details);
    this.report = details.report ?? [];
  }
}
