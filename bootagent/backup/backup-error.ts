import { LcaError } from '../../core/errors/lca-error.ts';

/**
 * - `content-refused`: the ConfigMaps of spec.oadpContent hold something that cannot be carried out
 * - `not-supported`: they ask for something that this version does not do
 * - `no-space`: backup, or what is restored from it, does not fit
 * - `target-occupied`: something is where a restore is to go, and may not be replaced
 * - `backup-failed`: a backup could not be made
 * - `backup-damaged`: a stored backup is not what was stored, not whole or not this node's
 * - `restore-failed`: a restore could not be carried out
 */
export type BackupErrorCode =
  | 'content-refused'
  | 'not-supported'
  | 'no-space'
  | 'target-occupied'
  | 'backup-failed'
  | 'backup-damaged'
  | 'restore-failed';

/** Data could not be backed up or restored. */
export class BackupError extends LcaError<BackupErrorCode> {}
