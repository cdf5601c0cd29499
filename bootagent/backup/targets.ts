import type { Host } from '../../core/host/host.ts';
import { type NewSystem, placeIn } from '../site/new-system.ts';
import { mebibytes } from '../stages/prep/space.ts';
import { BackupError } from './backup-error.ts';
import type { CheckedContent } from './check-content.ts';
import { isOccupied, occupied } from './restore-volume.ts';

const MIB = 1024 * 1024;
/** Left free beside what is restored: a full filesystem would fail the new system for other reasons. */
const RESERVE = 256 * MIB;

/**
 * Refuses restores that could not be carried out in the new system, as it lies there after Prep.
 *
 * @throws BackupError `target-occupied`
 */
export async function checkTargets(
  host: Host,
  system: NewSystem,
  { backups, restores }: CheckedContent,
): Promise<void> {
  for (const { spec } of restores) {
    if (spec.existingResourcePolicy === 'update') continue;
    const paths = backups.find(({ backup }) => backup.name === spec.backupName)?.paths ?? [];
    for (const { path } of paths) if (await isOccupied(host, placeIn(system, path))) throw occupied(path);
  }
}

/**
 * Refuses when what is yet to be written does not fit beside the backups and both systems.
 *
 * @param bytes on disk
 * @throws BackupError `no-space`
 */
export async function checkBackupSpace(host: Host, what: string, bytes: number): Promise<void> {
  const { availableBytes } = await host.usage('/sysroot');
  const needed = bytes + RESERVE;
  if (availableBytes >= needed) return;
  throw new BackupError(
    'no-space',
    `Not enough space at /sysroot for ${what}: ${mebibytes(needed)} needed, ${mebibytes(availableBytes)} free.`,
    { remedy: `Free at least ${mebibytes(needed - availableBytes)}, or take paths out of the Backups.` },
  );
}
