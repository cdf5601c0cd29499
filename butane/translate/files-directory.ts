import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';

export const NO_FILES_DIRECTORY =
  'local file paths are relative to a files directory that must be specified with -d/--files-dir';
export const ESCAPES_FILES_DIRECTORY = 'local file path traverses outside the files directory';

/** One thing in a tree. */
export interface TreeEntry {
  /** Relative to the tree's root; empty for the root. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'link' | 'other';
  readonly executable: boolean;
}

/** A problem to be reported at the place in the config that named the file. */
export class LocalFileProblem extends Error {}

/**
 * The directory that `local` paths are relative to and may not leave. Synchronous: a config is a small text, and the
 * translation is a function.
 */
export class FilesDirectory {
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  /** @throws LocalFileProblem if the path leaves the directory or cannot be read */
  read(local: string): Uint8Array {
    return attempt('open', local, () => readFileSync(this.#inside(local)));
  }

  /** @throws LocalFileProblem */
  readLink(local: string): string {
    return attempt('readlink', local, () => readlinkSync(this.#inside(local)));
  }

  /** @throws LocalFileProblem if the path leaves the directory or is not there */
  isDirectory(local: string): boolean {
    return attempt('stat', local, () => statSync(this.#inside(local)).isDirectory());
  }

  /** A folder and all below it, in lexical order, without following links. @throws LocalFileProblem */
  walk(local: string, path = ''): readonly TreeEntry[] {
    const full = path === '' ? local : `${local}/${path}`;
    // The root itself may be a link to a folder.
    const stat = attempt('lstat', full, () => (path === '' ? statSync : lstatSync)(this.#inside(full)));
    const type = stat.isDirectory()
      ? 'directory'
      : stat.isSymbolicLink()
        ? 'link'
        : stat.isFile()
          ? 'file'
          : 'other';
    const entry: TreeEntry = { path, type, executable: (stat.mode & 0o111) !== 0 };
    if (type !== 'directory') return [entry];
    const names = attempt('open', full, () => readdirSync(this.#inside(full))).toSorted(bytewise);
    return [entry, ...names.flatMap((name) => this.walk(local, path === '' ? name : `${path}/${name}`))];
  }

  #inside(local: string): string {
    const path = resolve(this.#root, `.${sep}${local}`);
    const prefix = this.#root === sep ? sep : this.#root + sep;
    if (path !== this.#root && !path.startsWith(prefix)) throw new LocalFileProblem(ESCAPES_FILES_DIRECTORY);
    return path;
  }
}

function attempt<T>(verb: string, local: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof LocalFileProblem) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new LocalFileProblem(`${verb} ${local}: ${WORDS[code] ?? code}`, { cause: error });
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ELOOP: 'too many levels of symbolic links',
};

function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
