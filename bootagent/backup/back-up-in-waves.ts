import type { Host } from '../../core/host/host.ts';
import { isOutage } from '../../core/tools/kubernetes/kubernetes-error.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { BackupError } from './backup-error.ts';
import { beginBackup, type ResourceSource } from './begin-backup.ts';
import type { BegunBackup } from './begun-backups.ts';
import type { CheckedBackup, CheckedContent } from './check-content.ts';
import type { BackupStore } from './store/backup-store.ts';
import { takeBackup } from './take-backup.ts';
import { inWaves } from './waves.ts';

export interface BackUpOptions {
  readonly host: Host;
  /** Opens the store of a location; null for the node itself. */
  readonly storeAt: (location: string | null) => Promise<BackupStore>;
  readonly nodeId: string;
  readonly report: (text: string) => Promise<void>;
  /** As `takeBackup` has it. */
  readonly noteBegun?: (name: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Stores the resources of all Backups, wave by wave: what has to be done while the cluster runs.
 *
 * @param sourceOf where a Backup's resources come from
 * @throws BackupError `backup-failed` naming the Backups that failed; its cause is the first one's error. KubernetesError
 * where the API does not answer
 */
export function beginInWaves(
  options: BackUpOptions,
  content: Pick<CheckedContent, 'backups'>,
  sourceOf: (backup: CheckedBackup) => ResourceSource,
): Promise<Readonly<Record<string, BegunBackup>>> {
  return inBackupWaves(options, content, async (checked, title) => {
    const store = await options.storeAt(checked.location);
    return beginBackup({ ...options, store, title }, checked.backup, sourceOf(checked));
  });
}

/**
 * Makes all backups, wave by wave, and inside a wave by name. A wave that fails is the end of it; the others of that
 * wave are still tried.
 *
 * @param begun what has been stored of the cluster, by name
 * @returns the digest of each backup's list of checksums, by name
 * @throws BackupError `backup-failed` naming the Backups that failed; its cause is the first one's error
 */
export function backUpInWaves(
  options: BackUpOptions,
  content: Pick<CheckedContent, 'backups'>,
  begun: Readonly<Record<string, BegunBackup>> = {},
): Promise<Readonly<Record<string, string>>> {
  return inBackupWaves<string>(options, content, async ({ backup, paths, location }, title) => {
    const store = await options.storeAt(location);
    return takeBackup({ ...options, store, title }, backup, paths, begun[backup.name]);
  });
}

async function inBackupWaves<Result>(
  { signal }: BackUpOptions,
  { backups }: Pick<CheckedContent, 'backups'>,
  work: (checked: CheckedBackup, title: string) => Promise<Result>,
): Promise<Readonly<Record<string, Result>>> {
  const waves = inWaves(backups.map((checked) => ({ ...checked.backup, checked })));
  const results: Record<string, Result> = {};
  for (const wave of waves) {
    const failed = new Map<string, unknown>();
    for (const { name, checked } of wave) {
      signal.throwIfAborted();
      const at = Object.keys(results).length + failed.size + 1;
      const title = `${MESSAGES.upgrade.backupInProgress}: ${name} (${at} of ${backups.length})`;
      try {
        results[name] = await work(checked, title);
      } catch (error) {
        signal.throwIfAborted();
        // no failure of this Backup: whoever asked may wait and begin anew
        if (isOutage(error)) throw error;
        failed.set(name, error);
      }
    }
    const [first] = failed;
    if (first !== undefined) {
      throw new BackupError('backup-failed', `Failed backup CRs: ${[...failed.keys()].join(',')}`, {
        cause: first[1],
      });
    }
  }
  return results;
}
