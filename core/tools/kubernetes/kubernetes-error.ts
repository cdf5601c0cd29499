import { type ErrorDetails, LcaError } from '../../errors/lca-error.ts';

/**
 * - `bad-kubeconfig`: a kubeconfig that is not there, does not parse, or names a way to log in that lca does not know
 * - `unreachable`: nobody answered: connection refused or broken, certificate not accepted
 * - `timed-out`: the answer did not come in time
 * - `unauthorized`: the API does not know who asks (401)
 * - `forbidden`: who asks may not do this (403)
 * - `not-found`: the object, or its whole kind, is not there (404)
 * - `already-exists`, `conflict`: it was made, or changed, by somebody else (409)
 * - `gone`: the resource version is too old to list or watch from; start anew (410)
 * - `invalid`: the object is not accepted as it is (400, 415, 422)
 * - `unavailable`: the API server cannot answer now (429, 5xx)
 * - `refused`: any other answer that is not a success
 * - `bad-answer`: an answer that is not what Kubernetes says
 */
export type KubernetesErrorCode =
  | 'bad-kubeconfig'
  | 'unreachable'
  | 'timed-out'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'already-exists'
  | 'conflict'
  | 'gone'
  | 'invalid'
  | 'unavailable'
  | 'refused'
  | 'bad-answer';

/** What goes wrong between lca and a Kubernetes API. */
export class KubernetesError extends LcaError<KubernetesErrorCode> {
  /** The API server's own words, where it said any. */
  readonly answer: string | undefined;

  constructor(
    code: KubernetesErrorCode,
    message: string,
    details: ErrorDetails & { readonly answer?: string } = {},
  ) {
    super(code, message, details);
    this.answer = details.answer;
  }
}

/** Codes of an API that is not there now and may come back: what was asked can be asked again as it is. */
const PASSING: readonly KubernetesErrorCode[] = ['unreachable', 'timed-out', 'unavailable'];

/** Whether an error only says that the API does not answer now. */
export function isOutage(error: unknown): boolean {
  return error instanceof KubernetesError && PASSING.includes(error.code);
}

/** Whether an error, or one that it was caused by, only says that the API does not answer now. */
export function isCausedByOutage(error: unknown): boolean {
  return isOutage(error) || (error instanceof Error && isCausedByOutage(error.cause));
}
