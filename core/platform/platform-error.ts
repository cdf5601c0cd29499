import { LcaError } from '../errors/lca-error.ts';

/** - `not-started`: workloads that were stopped could not be started again */
export type PlatformErrorCode = 'not-started';

/** The node does not do what was asked of it. */
export class PlatformError extends LcaError<PlatformErrorCode> {}
