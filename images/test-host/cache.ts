import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { command, phase } from './command.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');

/** Everything that VMs leave on disk lies below this directory of the checkout; it may be deleted at any time no VM runs. */
export const CACHE_DIRECTORY = join(REPOSITORY, '.cache/vm');

/** An entry of the cache not used for this long is removed when a newer one of its kind has been made. */
const UNUSED_AFTER_MS = 60 * 60_000;
const READY = 'ready';

/** Digest of texts and of files (paths below this directory), the name under which a stage's result is cached. */
export async function digest(texts: readonly string[], files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}\n${text}\n`);
  for (const file of files.toSorted()) {
    hash.update(`${file}\n`);
    hash.update(await readFile(join(import.meta.dirname, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * A directory made once for each `key`: returns it at once when it is complete, else lets `make` fill a new one that
 * takes its name only when it is whole. Of several processes one makes it and the others wait for it.
 */
export async function cached(
  kind: string,
  key: string,
  make: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(CACHE_DIRECTORY, `${kind}-${key}`);
  if (await isReady(directory)) return directory;
  await using _lock = await lock(join(CACHE_DIRECTORY, `${kind}.lock`));
  if (await isReady(directory)) return directory;
  const half = `${directory}.half`;
  await removeTree(half);
  await mkdir(half, { recursive: true });
  await phase(kind, () => make(half));
  await writeFile(join(half, READY), `${new Date().toISOString()}\n`);
  await removeTree(directory);
  await rename(half, directory);
  await removeUnused(kind, directory);
  return directory;
}

/**
 * When the cached result that a file belongs to was made. What is frozen on top of a disk needs that very disk: one made
 * anew from the same recipe has its blocks elsewhere.
 */
export function builtAt(file: string): Promise<string> {
  return readFile(join(dirname(file), READY), 'utf8');
}

async function isReady(directory: string): Promise<boolean> {
  if (!existsSync(join(directory, READY))) return false;
  const now = new Date();
  await utimes(join(directory, READY), now, now);
  return true;
}

async function removeUnused(kind: string, keep: string): Promise<void> {
  for (const name of await readdir(CACHE_DIRECTORY)) {
    const path = join(CACHE_DIRECTORY, name);
    if (path === keep || !new RegExp(`^${kind}-[0-9a-f]{16}(\\.half)?$`).test(name)) continue;
    const marker = await stat(join(path, READY)).catch(() => undefined);
    if (marker && Date.now() - marker.mtimeMs < UNUSED_AFTER_MS) continue;
    await removeTree(path);
  }
}

/** Removes what a build left, which may still have /proc and other mounts in a chroot when the build was killed. */
export async function removeTree(path: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replaceAll(/\\(\d{3})/g, (_, octal) =>
        String.fromCharCode(parseInt(octal, 8)),
      ),
    )
    .filter((mount) => mount === path || mount.startsWith(`${path}/`));
  for (const mount of mounts.toReversed()) await command('unmount what was left', ['umount', mount]);
  await command('remove a directory', ['rm', '-rf', '--one-file-system', path]);
}

/** Holds a lock directory that names the process; the lock of a process that is gone counts as free. */
async function lock(path: string): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true });
  for (;;) {
    try {
      await writeFile(path, `${process.pid}\n`, { flag: 'wx' });
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    } catch {
      const holder = Number(await readFile(path, 'utf8').catch(() => ''));
      const age = await stat(path).then(
        (s) => Date.now() - s.mtimeMs,
        () => 0,
      );
      if ((holder > 0 && !existsSync(`/proc/${holder}`)) || (holder === 0 && age > 5_000)) {
        await rm(path, { force: true });
      } else {
        await delay(500);
      }
    }
  }
}
