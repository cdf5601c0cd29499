import { LcaError } from '../errors/lca-error.ts';

/**
 * - `no-program`: there is no executable to install
 * - `no-such-unit`: a unit file that this program should carry is not there
 * - `no-such-root`: the tree to install in is not there
 */
export type InstallErrorCode = 'no-program' | 'no-such-unit' | 'no-such-root';

/** Something that keeps lca from being put on a node. */
export class InstallError extends LcaError<InstallErrorCode> {}
