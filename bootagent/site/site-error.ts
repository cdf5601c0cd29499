import { LcaError } from '../../core/errors/lca-error.ts';

/**
 * - `not-portable`: a path that cannot be carried over to another stateroot
 * - `missing`: something the site needs is not there
 */
export type SiteErrorCode = 'not-portable' | 'missing';

/** The site's identity could not be taken along or put in place. */
export class SiteError extends LcaError<SiteErrorCode> {}
