import { LcaError } from '../../errors/lca-error.ts';

/**
 * - `unreachable`: nobody answered, or connections kept breaking
 * - `not-trusted`: the server's certificate is not signed by an authority that is trusted
 * - `credentials-refused`: the key is not known, its secret is wrong, or it may not do this
 * - `clock-skewed`: the server finds that this node's clock is wrong, or its certificate is not valid yet by that clock
 * - `no-such-bucket`
 * - `not-found`: there is no such object
 * - `changed`: an object was replaced while it was being read
 * - `unavailable`: the server says that it cannot answer now, again and again
 * - `refused`: any other answer that is not a success
 */
export type S3ErrorCode =
  | 'unreachable'
  | 'not-trusted'
  | 'credentials-refused'
  | 'clock-skewed'
  | 'no-such-bucket'
  | 'not-found'
  | 'changed'
  | 'unavailable'
  | 'refused';

export const CLOCK_REMEDY = "Set this node's clock: chronyc makestep.";

/** What goes wrong between lca and an S3 server. Never holds a key or a signature. */
export class S3Error extends LcaError<S3ErrorCode> {}
