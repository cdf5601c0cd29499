import { LcaError } from '../errors/lca-error.ts';

/**
 * - `unreachable`: nothing answered at the endpoint in time
 * - `request-failed`: etcd answered with an error
 * - `in-use`: a running etcd holds the data directory
 * - `no-data`: the data directory holds no etcd data
 * - `start-failed`: the private etcd ended or never became ready
 * - `not-restored`: no program made a data directory from a snapshot
 * - `several-members`: the database belongs to a cluster of more than one member
 */
export type EtcdErrorCode =
  | 'unreachable'
  | 'request-failed'
  | 'in-use'
  | 'no-data'
  | 'start-failed'
  | 'not-restored'
  | 'several-members';

/** What goes wrong with an etcd database or server. */
export class EtcdError extends LcaError<EtcdErrorCode> {}
