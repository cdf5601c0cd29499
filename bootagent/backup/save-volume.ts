import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Host } from '../../core/host/host.ts';
import { hexOf, Meter } from '../../core/seedimage/digest.ts';
import { release, zstdFrames } from '../../core/seedimage/zstd.ts';
import { treeInodes, treeSize } from '../../core/tools/copy.ts';
import { createTreeArchive, isChangedMeanwhile } from '../../core/tools/gnu-tar.ts';
import { BackupError } from './backup-error.ts';
import type { HostPath } from './host-paths.ts';
import { backupKey, volumeArchive } from './layout.ts';
import type { BackupStore } from './store/backup-store.ts';
import { type VolumeRecord, volumeName } from './volume-index.ts';

const TRIES = 3;

export interface SaveVolumeOptions {
  readonly host: Host;
  readonly store: BackupStore;
  readonly backup: string;
  /** Called with the bytes of the archive so far and, about, in all. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Stores a directory or file as one archive, in one pass: tar → zstd → digest → object. Owners, modes, times, links,
 * holes, ACLs, extended attributes and labels are kept; sockets, and filesystems mounted inside, are left out.
 *
 * @throws BackupError `backup-failed` if something keeps writing to it; HostError if it cannot be read or stored
 */
export async function saveVolume(options: SaveVolumeOptions, source: HostPath): Promise<VolumeRecord> {
  const { host } = options;
  const startTimestamp = timestamp(host);
  const archive = volumeArchive(volumeName(source.path));
  // measured while it is stored: nothing but the progress needs to know before
  let total = 0;
  const measured = Promise.all([
    treeSize(host, source.path).then((bytes) => (total = bytes)),
    treeInodes(host, source.path),
    parentsOf(host, source.path),
  ]);
  measured.catch(() => undefined); // thrown below, when nothing is being stored any more
  const written = await archived(options, source, archive, () => total);
  const [diskBytes, files, parents] = await measured;
  return {
    archive,
    kind: 'host-path',
    path: source.path,
    type: source.type,
    parents,
    consistency: 'at-rest',
    files,
    diskBytes,
    ...written,
    startTimestamp,
    completionTimestamp: timestamp(host),
  };
}

type Written = Pick<VolumeRecord, 'archiveBytes' | 'size' | 'sha256'>;

async function archived(
  options: SaveVolumeOptions,
  source: HostPath,
  archive: string,
  total: () => number,
): Promise<Written> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writeArchive(options, source, archive, total);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!isChangedMeanwhile(error)) throw error;
      if (attempt < TRIES) continue;
      const evidence = error.stderr.trim().split('\n')[0] ?? '';
      throw new BackupError(
        'backup-failed',
        `Files below ${source.path} keep changing while they are stored: ${evidence}.`,
        { cause: error, remedy: 'Stop what writes there, go to Idle, and begin again.' },
      );
    }
  }
}

async function writeArchive(
  { host, store, backup, onProgress, signal }: SaveVolumeOptions,
  { path, type }: HostPath,
  archive: string,
  total: () => number,
): Promise<Written> {
  const tar = await createTreeArchive(host, {
    description: `store ${path}`,
    directory: type === 'directory' ? path : dirname(path),
    name: type === 'directory' ? '.' : `./${basename(path)}`,
    signal,
  });
  let archiveBytes = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      archiveBytes += chunk.length;
      onProgress(archiveBytes, Math.max(total(), archiveBytes));
      yield chunk;
      release(chunk);
    }
    await tar.done; // before the end is passed on: a failed tar must not look like a short archive
  };
  const compressed = new Meter();
  try {
    await Promise.all([
      pipeline(tar.stdout, counted, zstdFrames, compressed),
      store.put(backupKey(backup, archive), compressed),
    ]);
  } catch (error) {
    compressed.destroy();
    await tar.done.catch((cause: unknown) => {
      if (isChangedMeanwhile(cause)) throw cause;
    });
    throw error;
  }
  return { archiveBytes, size: compressed.bytes, sha256: hexOf(compressed.digest()) };
}

/** The directories above a path, from the top, with owner and mode; `/`, `/etc` and `/var` themselves are everywhere. */
async function parentsOf(host: Host, path: string): Promise<VolumeRecord['parents']> {
  const parents: VolumeRecord['parents'][number][] = [];
  for (let at = dirname(path); dirname(at) !== '/' && at !== '/'; at = dirname(at)) {
    const stat = await host.stat(at);
    if (stat !== undefined) parents.unshift({ path: at, mode: stat.mode, uid: stat.uid, gid: stat.gid });
  }
  return parents;
}

/** RFC 3339, seconds, UTC: `2026-01-01T00:00:00Z`. */
export function timestamp(host: Pick<Host, 'now'>): string {
  return host
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
}
