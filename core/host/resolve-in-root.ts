import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from './host-error.ts';

const MOST_LINKS = 40;

/**
 * Follows a path the way the machine whose `/` lies at `root` would: absolute symbolic links start again at `root`,
 * and `..` never climbs above it (the rule of `openat2(2)` with `RESOLVE_IN_ROOT`, which Node has no call for).
 *
 * @param path absolute path on that machine; parts that do not exist are kept as they are
 * @param followLast whether a symbolic link as the last part is followed too
 * @returns the path for this process
 * @throws HostError `escapes-root` for a relative path, `io` for a loop of links
 */
export async function resolveInRoot(root: string, path: string, followLast: boolean): Promise<string> {
  if (!path.startsWith('/')) throw new HostError('escapes-root', `Path "${path}" is not absolute.`);
  if (path.includes('\0')) throw new HostError('escapes-root', 'A path holds a NUL byte.');
  const todo = parts(path);
  const done: string[] = [];
  let links = 0;
  while (todo.length > 0) {
    const part = todo.shift() as string;
    if (part === '..') {
      done.pop();
      continue;
    }
    const here = join(root, ...done, part);
    const target = todo.length > 0 || followLast ? await linkTarget(here) : undefined;
    if (target === undefined) {
      done.push(part);
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) throw new HostError('io', `Path "${path}" goes through too many symbolic links.`);
    if (target.startsWith('/')) done.length = 0;
    todo.unshift(...parts(target));
  }
  return join(root, ...done);
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

async function linkTarget(path: string): Promise<string | undefined> {
  const stat = await lstat(path).catch(() => undefined);
  return stat?.isSymbolicLink() ? readlink(path) : undefined;
}
