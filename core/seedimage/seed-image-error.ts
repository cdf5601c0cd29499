import { LcaError } from '../errors/lca-error.ts';

/**
 * Asking for an image:
 * - `registry-unreachable`, `registry-untrusted` (TLS), `unauthorized`, `image-not-found`
 * - `architecture-mismatch`: for another kind of processor
 * - `label-missing`, `format-mismatch`: no seed image, or one of a format that lca does not read
 *
 * Reading it:
 * - `image-invalid`: manifest, configuration or seed information that does not hold together
 * - `blob-missing`, `blob-truncated`, `digest-mismatch`: a blob that is not what its digest promises
 * - `member-refused`: a layer holds a member that must not be unpacked; the message names both
 * - `archive-invalid`: a layer that is no archive lca would write
 *
 * Making it:
 * - `object-missing`: the repository lacks an object of the commit
 */
export type SeedImageErrorCode =
  | 'registry-unreachable'
  | 'registry-untrusted'
  | 'unauthorized'
  | 'image-not-found'
  | 'architecture-mismatch'
  | 'label-missing'
  | 'format-mismatch'
  | 'image-invalid'
  | 'blob-missing'
  | 'blob-truncated'
  | 'digest-mismatch'
  | 'member-refused'
  | 'archive-invalid'
  | 'object-missing';

/** A seed image that cannot be made, fetched or unpacked. */
export class SeedImageError extends LcaError<SeedImageErrorCode> {}
