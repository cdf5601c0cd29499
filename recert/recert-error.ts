import { type ErrorDetails, LcaError } from '../core/errors/lca-error.ts';

/**
 * - `bad-option`: an option or the configuration file cannot be used as it is
 * - `bad-rule`: a use-key, use-cert or CN/SAN rule fits nothing, or fits more than it may
 * - `malformed`: a PEM block, certificate, key or object of the cluster itself cannot be read
 * - `unsupported`: crypto of a kind that cannot be re-issued
 * - `encrypted`: a value encrypted at rest that no known key opens
 * - `nothing-found`: the database or the trees hold nothing of a cluster
 * - `changed-meanwhile`: a file or etcd key is neither what was read nor what is to be written
 * - `stage-broken`: the staged plan of an earlier run cannot be read
 * - `proof-failed`: the result does not hold what was promised
 */
export type RecertErrorCode =
  | 'bad-option'
  | 'bad-rule'
  | 'malformed'
  | 'unsupported'
  | 'encrypted'
  | 'nothing-found'
  | 'changed-meanwhile'
  | 'stage-broken'
  | 'proof-failed';

export interface RecertErrorDetails extends ErrorDetails {
  /** All that is wrong, one sentence each, where there is more than one thing. */
  readonly faults?: readonly string[];
}

/** What stops a re-issue. Messages name places, never keys or tokens. */
export class RecertError extends LcaError<RecertErrorCode> {
  readonly faults: readonly string[];

  constructor(code: RecertErrorCode, message: string, details: RecertErrorDetails = {}) {
    super(code, message, details);
    this.faults = details.faults ?? [];
  }
}
