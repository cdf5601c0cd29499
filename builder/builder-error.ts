import { LcaError } from '../core/errors/lca-error.ts';

/**
 * - `busy`: another build or restore is at work
 * - `pivot-pending`: an upgrade is under way on this node
 * - `no-container-partition`: container storage is not on a partition of its own
 * - `no-space`: not enough room for the image
 * - `private-keys`: /etc or /var hold private keys that were not allowed
 * - `file-changed`: files were written to while they were being saved, again and again
 * - `push-mismatch`: the registry has another image than the one that was pushed
 * - `not-restored`: what was stopped could not all be started again
 * - `unrestartable-container`: a running container would be removed by stopping it
 * - `cluster-refused`: the cluster holds what must not be in a seed
 * - `bad-output`: the place asked for cannot take the image
 */
export type BuilderErrorCode =
  | 'busy'
  | 'pivot-pending'
  | 'no-container-partition'
  | 'no-space'
  | 'private-keys'
  | 'file-changed'
  | 'push-mismatch'
  | 'not-restored'
  | 'unrestartable-container'
  | 'cluster-refused'
  | 'bad-output';

/** A seed image that cannot be made of this node. */
export class BuilderError extends LcaError<BuilderErrorCode> {}
