import { LcaError } from '../../core/errors/lca-error.ts';

/**
 * - `one-shot-impossible`: the boot loader cannot boot a deployment once and fall back
 * - `arming-failed`: the boot loader was told, but does not show it
 * - `still-armed`: the boot order could not be taken back
 * - `commit-failed`: the new deployment could not be made the default
 * - `no-way-back`: the stateroot to go back to has no deployment
 * - `boot-files-damaged`: the kernel or initramfs in /boot is not the deployment's own
 */
export type PivotErrorCode =
  | 'one-shot-impossible'
  | 'arming-failed'
  | 'still-armed'
  | 'commit-failed'
  | 'no-way-back'
  | 'boot-files-damaged';

/** The change from one stateroot to the other could not be made, or made safe. */
export class PivotError extends LcaError<PivotErrorCode> {}
