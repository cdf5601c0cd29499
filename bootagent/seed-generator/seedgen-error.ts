import { LcaError } from '../../core/errors/lca-error.ts';

/**
 * - `rejected`: the node or its cluster cannot become a seed; the message is upstream's, where it has one
 * - `no-credentials`: the Secret is not there, or holds no registry auth file
 * - `not-restored`: what a killed builder has left could not be made good; it can be tried again
 */
export type SeedGenErrorCode = 'rejected' | 'no-credentials' | 'not-restored';

/** A SeedGenerator that is not carried out. The message stands in the condition as it is. */
export class SeedGenError extends LcaError<SeedGenErrorCode> {}
