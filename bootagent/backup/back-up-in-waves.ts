import type { Host } from '../../core/host/host.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { BackupError } from './backup-error.ts';
import type { CheckedContent } from './check-content.ts';
import type { BackupStore } from './store/backup-store.ts';
import { takeBackup } from './take-backup.ts';
import { inWaves } from './waves.ts';

export interface BackUpOptions {
  readonly host: Host;
  readonly store: BackupStore;
  readonly nodeId: string;
  readonly report: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Makes all backups, wave by wave, and inside a wave by name. A wave that fails is the end of it; the others of that
 * wave are still tried.
 *
 * @returns the digest of each backup's list of checksums, by name
 * @throws BackupError `backup-failed` naming the Backups that failed; its cause is the first one's error
 */
export async function backUpInWaves(
  options: BackUpOptions,
  { backups }: CheckedContent,
): Promise<Readonly<Record<string, string>>> {
  const { signal } = options;
  const waves = inWaves(backups.map(({ backup, paths }) => ({ ...backup, backup, paths })));
  const digests: Record<string, string> = {};
  for (const wave of waves) {
    const failed = new Map<string, unknown>();
    for (const { backup, paths } of wave) {
      signal.throwIfAborted();
      const at = Object.keys(digests).length + failed.size + 1;
      const title = `${MESSAGES.upgrade.backupInProgress}: ${backup.name} (${at} of ${backups.length})`;
      try {
        digests[backup.name] = await takeBackup({ ...options, title }, backup, paths);
      } catch (error) {
        signal.throwIfAborted();
        failed.set(backup.name, error);
      }
    }
    const [first] = failed;
    if (first !== undefined) {
      throw new BackupError('backup-failed', `Failed backup CRs: ${[...failed.keys()].join(',')}`, {
        cause: first[1],
      });
    }
  }
  return digests;
}
