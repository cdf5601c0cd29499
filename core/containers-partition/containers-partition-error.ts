import { LcaError } from '../errors/lca-error.ts';

/**
 * - `bad-device`: not a whole disk that Ignition could partition
 * - `bad-label`: a partition label that cannot name `/dev/disk/by-partlabel/<label>`, or that the system itself uses
 * - `start-too-small`: the root partition before it would be smaller than CoreOS accepts; the installation fails
 * - `size-too-small`: the filesystem could not be made
 * - `beyond-disk`: it ends behind the end of the disk
 */
export type ContainersPartitionErrorCode =
  | 'bad-device'
  | 'bad-label'
  | 'start-too-small'
  | 'size-too-small'
  | 'beyond-disk';

/** A container partition that cannot be made as asked for. */
export class ContainersPartitionError extends LcaError<ContainersPartitionErrorCode> {}
