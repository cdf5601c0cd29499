import { LcaError } from '../../core/errors/lca-error.ts';

/**
 * - `not-portable`: a path that cannot be carried over to another stateroot
 * - `other-shape`: the seed's cluster is not built as this site's
 * - `missing`: something the site needs is not there
 */
export type SiteErrorCode = 'not-portable' | 'other-shape' | 'missing';

/** The site's identity could not be taken along or put in place. */
export class SiteError extends LcaError<SiteErrorCode> {}
