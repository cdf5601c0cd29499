import { LcaError } from '../errors/lca-error.ts';

/**
 * - `not-booted-from-ostree`: the running system is no deployment of this sysroot
 * - `no-such-deployment`: a deployment that was asked for does not exist
 * - `boot-entry-invalid`: a boot loader entry that cannot be related to a deployment
 */
export type SysrootErrorCode = 'not-booted-from-ostree' | 'no-such-deployment' | 'boot-entry-invalid';

/** The node's ostree sysroot is not as it should be. */
export class SysrootError extends LcaError<SysrootErrorCode> {}
