import { LcaError } from '../../core/errors/lca-error.ts';

/**
 * - `seed-refused`: the seed does not fit this node or this request
 * - `no-space`: a filesystem is too small for what is to come
 * - `no-container-partition`: containers storage is not on a partition of its own
 * - `bad-reference`: the request refers to something that is not there or not usable
 * - `precache-failed`: images could not be pulled
 * - `not-prepared`: the new stateroot is not there or not whole
 * - `unfit`: checks of the node, the request or the seed say that the upgrade would fail
 * - `api-not-ready`: the API of the node's own cluster does not come up
 * - `update-staged`: an update of the running system would take its place at the reboot
 * - `unhealthy`: the node is not well
 * - `not-supported`: the request asks for something that this version does not do
 * - `no-reboot`: a reboot was asked for and did not come
 * - `not-started`: a workload that Upgrade has stopped could not be started again
 * - `clean-up-failed`: something could not be removed
 */
export type StageErrorCode =
  | 'seed-refused'
  | 'no-space'
  | 'no-container-partition'
  | 'bad-reference'
  | 'precache-failed'
  | 'not-prepared'
  | 'unfit'
  | 'api-not-ready'
  | 'update-staged'
  | 'unhealthy'
  | 'not-supported'
  | 'no-reboot'
  | 'not-started'
  | 'clean-up-failed';

/** A stage could not do its work. */
export class StageError extends LcaError<StageErrorCode> {}
