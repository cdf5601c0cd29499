import { LcaError } from '../../core/errors/lca-error.ts';

/**
 * - `invalid`: ConfigMaps, or what is in them, cannot be used (upstream's texts)
 * - `count-mismatch`: policies hold another number of labelled objects than was announced
 * - `rejected`: the API does not accept a manifest as it is; trying again would not help
 * - `gave-up`: the API did not let a manifest be applied within the time for it
 */
export type ManifestErrorCode = 'invalid' | 'count-mismatch' | 'rejected' | 'gave-up';

/** Extra manifests that cannot be taken along or applied. */
export class ManifestError extends LcaError<ManifestErrorCode> {}
