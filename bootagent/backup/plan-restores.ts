import type { RestorePlan } from '../../core/contract/restore-plan.ts';
import { BackupError } from './backup-error.ts';
import type { CheckedContent } from './check-content.ts';
import { inWaves } from './waves.ts';

/**
 * The plan for the first boot of the new system.
 *
 * @param made the digest of each backup's list of checksums, by name
 * @throws BackupError `backup-failed` if a backup has not been made
 */
export function planRestores(
  { backups, restores }: Pick<CheckedContent, 'backups' | 'restores'>,
  made: Readonly<Record<string, string>>,
  about: Pick<RestorePlan, 'request' | 'nodeId'>,
): RestorePlan {
  const waves = inWaves(restores).map((wave) =>
    wave.map(({ name, namespace, written: resource, spec: { backupName, existingResourcePolicy } }) => {
      const checksums = made[backupName];
      const location = backups.find(({ backup }) => backup.name === backupName)?.location ?? null;
      if (checksums !== undefined)
        return { name, namespace, backupName, existingResourcePolicy, location, resource, checksums };
      throw new BackupError(
        'backup-failed',
        `Backup ${backupName}, which Restore ${name} needs, was not made.`,
        {
          remedy: 'Go through Idle and Prep again.',
        },
      );
    }),
  );
  return { version: 1, ...about, waves };
}
