import { linkSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A lock older than this was left by a process that is no more: it is held for a moment only. */
const STALE_MS = 10_000;

/**
 * Puts a new file, or none, in the place of one whose content is still as it was read.
 *
 * A second name of the present file (`.lca-<name>.lock`) is the lock, and keeps what is replaced: nobody else of lca's
 * can make it meanwhile. The file is compared under that name and replaced within one turn of this process, so that
 * nothing of it comes in between. Somebody else's editor may: one that renames has to hit the moment between two system
 * calls; what one writes into the file it had open is seen afterwards in the kept one, and put back.
 *
 * @param path resolved, without symbolic links
 * @param before undefined: there must be no file
 * @param fresh path of the new file beside it, flushed; undefined: the file is removed
 * @param settle how long a writer that had the file open is waited for
 * @returns false: somebody else has changed the file, or is just about to; nothing is lost, read again
 */
export async function replaceUnchanged(
  path: string,
  before: string | undefined,
  fresh: string | undefined,
  settle: () => Promise<void>,
): Promise<boolean> {
  if (before === undefined) return fresh === undefined || linked(fresh, path);
  const lock = join(dirname(path), `.lca-${basename(path)}.lock`);
  if (!linked(path, lock)) {
    removeStale(lock);
    return false;
  }
  const isSame = readFileSync(lock, 'utf8') === before && isSameFile(path, lock);
  if (!isSame) {
    rmSync(lock, { force: true });
    return false;
  }
  const freshInode = fresh === undefined ? undefined : statSync(fresh).ino;
  if (fresh === undefined) rmSync(path);
  else renameSync(fresh, path);
  await settle();
  const isWrittenTo = readFileSync(lock, 'utf8') !== before;
  const now = statSync(path, { throwIfNoEntry: false });
  if (isWrittenTo && now?.ino === freshInode) {
    renameSync(lock, path);
    return false;
  }
  rmSync(lock, { force: true });
  return true;
}

/** Makes a name only where there is none, as link(2) does it in one. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw error;
  }
}

/** Making a name changes the file's ctime: that tells since when the lock is there. */
function removeStale(lock: string): void {
  const stat = statSync(lock, { throwIfNoEntry: false });
  if (stat !== undefined && Date.now() - stat.ctimeMs > STALE_MS) rmSync(lock, { force: true });
}

function isSameFile(a: string, b: string): boolean {
  return statSync(a, { throwIfNoEntry: false })?.ino === statSync(b).ino;
}
