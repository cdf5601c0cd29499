import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ReadOnly } from '../../core/contract/read-only.ts';
import { parseJson } from '../../core/contract/source.ts';
import { validate } from '../../core/contract/validate.ts';
import { damaged } from './checksums.ts';
import { backupKey, VOLUME_INDEX } from './layout.ts';
import type { BackupStore } from './store/backup-store.ts';

const ownership = z.object({ path: z.string(), mode: z.int(), uid: z.int(), gid: z.int() });

const volume = z.object({
  /** Object name below the backup's directory. */
  archive: z.string(),
  kind: z.literal('host-path'),
  /** Absolute path on the node, without links. */
  path: z.string().startsWith('/'),
  /** A directory is stored as its content (`.`), a file under its own name. */
  type: z.enum(['directory', 'file']),
  /** Directories that lead to the path, from the top: made where they are missing. */
  parents: z.array(ownership),
  /** `at-rest`: workloads had been stopped. */
  consistency: z.enum(['at-rest', 'crash']),
  files: z.int(),
  /** Bytes of the uncompressed archive. */
  archiveBytes: z.int(),
  /** Bytes on disk that the restored tree takes. */
  diskBytes: z.int(),
  size: z.int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  startTimestamp: z.string(),
  completionTimestamp: z.string(),
});

const schema = z.object({ version: z.literal(1), volumes: z.array(volume) });

/** What one archive holds. */
export type VolumeRecord = ReadOnly<z.output<typeof volume>>;

/** The name of a host path's archive: legible, and another one for every path. */
export function volumeName(path: string): string {
  const legible = path
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60);
  return `${legible}-${createHash('sha256').update(path).digest('hex').slice(0, 8)}`;
}

export function volumeIndexText(volumes: readonly VolumeRecord[]): string {
  return `${JSON.stringify({ version: 1, volumes }, null, 2)}\n`;
}

/**
 * Reads a backup's index of volumes; none if the backup has none.
 *
 * @throws BackupError `backup-damaged`
 */
export async function readVolumeIndex(store: BackupStore, backup: string): Promise<readonly VolumeRecord[]> {
  const key = backupKey(backup, VOLUME_INDEX);
  const bytes = await store.read(key);
  if (bytes === undefined) return [];
  try {
    return validate(parseJson(key, Buffer.from(bytes).toString()), schema, 'an index of volumes').volumes;
  } catch (cause) {
    throw damaged(store, backup, `${key} cannot be understood`, cause);
  }
}
