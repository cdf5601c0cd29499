import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { PlannedRestore } from '../../core/contract/restore-plan.ts';
import type { Host } from '../../core/host/host.ts';
import { hexOf, Meter } from '../../core/seedimage/digest.ts';
import { zstdDecompressor } from '../../core/seedimage/zstd.ts';
import { extractArchive } from '../../core/tools/gnu-tar.ts';
import { BackupError } from './backup-error.ts';
import { damaged } from './checksums.ts';
import { backupKey } from './layout.ts';
import type { BackupStore } from './store/backup-store.ts';
import type { VolumeRecord } from './volume-index.ts';

export interface RestoreVolumeOptions {
  readonly host: Host;
  readonly store: BackupStore;
  readonly backup: string;
  readonly policy: PlannedRestore['existingResourcePolicy'];
  /** A directory for the marks of what has been put in place. */
  readonly marks: string;
  /** Called with the bytes of the stored archive that have been read. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Restores one volume: unpacked beside its place, compared with its digest on the way, flushed, and only then moved
 * there. It may be killed anywhere and is simply run again.
 *
 * @throws BackupError `target-occupied` if something is there and may not be replaced, `backup-damaged`; HostError
 */
export async function restoreVolume(options: RestoreVolumeOptions, volume: VolumeRecord): Promise<void> {
  const { host, policy, marks } = options;
  const { path } = volume;
  const short = createHash('sha256').update(path).digest('hex').slice(0, 12);
  const mark = `${marks}/${short}`;
  const [staging, replaced] = ['restore', 'replaced'].map(
    (what) => `${dirname(path)}/.lca-${what}-${short}`,
  ) as [string, string];
  const before = await host.stat(path);
  const isPlaced = before !== undefined && (await host.readText(mark)) === `${before.ino}\n`;
  if (!isPlaced) {
    if (policy !== 'update' && (await isOccupied(host, path))) throw occupied(path);
    await host.remove(staging);
    await makeParents(host, volume);
    const made = await unpack(options, volume, staging);
    await host.sync(staging);
    const stat = await host.stat(made);
    await host.writeAtomic(mark, `${stat?.ino}\n`, { mode: 0o600 });
    if (before !== undefined) {
      await host.remove(replaced);
      await host.rename(path, replaced);
    }
    await host.rename(made, path);
  }
  await host.remove(staging);
  await host.remove(replaced);
}

/** Whether anything but an empty directory is at a path. */
export async function isOccupied(host: Host, path: string): Promise<boolean> {
  const stat = await host.stat(path);
  if (stat === undefined) return false;
  return stat.type !== 'directory' || (await host.list(path)).length > 0;
}

/** The refusal to restore over something. */
export function occupied(path: string): BackupError {
  return new BackupError(
    'target-occupied',
    `${path} cannot be restored: the new system, made from the seed, has something of its own there.`,
    {
      remedy:
        'Set spec.existingResourcePolicy: update in the Restore, so that the backup takes its place, or take the path out of the seed.',
    },
  );
}

/** @returns where the restored directory or file is */
async function unpack(
  { host, store, backup, onProgress, signal }: RestoreVolumeOptions,
  { archive, path, type, size, sha256 }: VolumeRecord,
  staging: string,
): Promise<string> {
  const tree = `${staging}/tree`;
  await host.makeDirectory(staging, 0o700);
  await host.makeDirectory(tree, 0o700);
  const key = backupKey(backup, archive);
  let done = 0;
  const meter = new Meter((bytes) => {
    done += bytes;
    onProgress(done, size);
  });
  const zstd = zstdDecompressor();
  const [read, unpacked] = await Promise.allSettled([
    pipeline(store.get(key), meter, zstd, { signal }),
    extractArchive(host, { description: `restore ${path}`, into: tree, archive: zstd, signal }),
  ]);
  signal.throwIfAborted();
  // Either end of the pipe ends the other. An archive that breaks off ends tar with the archive's own error; any other
  // error of unpacking, such as a full disk, is told as it is.
  const cause: unknown = read.status === 'rejected' ? read.reason : undefined;
  if (unpacked.status === 'rejected' && unpacked.reason !== cause) throw unpacked.reason;
  if (cause !== undefined) throw damaged(store, backup, `${key} cannot be unpacked`, cause);
  if (done !== size || hexOf(meter.digest()) !== sha256)
    throw damaged(store, backup, `${key} has changed while it was being restored`);
  return type === 'directory' ? tree : `${tree}/${basename(path)}`;
}

/** Missing directories above the path get the owner and mode they had. */
async function makeParents(host: Host, { parents }: VolumeRecord): Promise<void> {
  for (const { path, mode, uid, gid } of parents) {
    if ((await host.stat(path)) !== undefined) continue;
    await host.makeDirectory(path, mode);
    await host.chown(path, uid, gid);
  }
}
