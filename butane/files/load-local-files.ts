import { posix } from 'node:path';
import type { FileStat, Host } from '../../core/host/host.ts';
import { HostError } from '../../core/host/host-error.ts';
import { ESCAPES_FILES_DIRECTORY, LocalFileProblem, type LocalFiles, type TreeEntry } from './local-files.ts';
import { localPaths } from './local-paths.ts';

const MOST_LINKS = 40;

/** Something read, or why it could not be. */
type Loaded<T> = T | LocalFileProblem;

/**
 * Reads everything that a Butane text names below a files directory, and nothing else. What cannot be read is reported
 * by the translation, at the place that names it.
 *
 * @param directory as the user wrote it, for messages; relative to `base`
 * @throws HostError for anything but a file that is not there or of the wrong kind
 */
export async function loadLocalFiles(
  text: string,
  { host, directory, base }: { host: Host; directory: string; base: string },
): Promise<LocalFiles> {
  const loader = new Loader(host, directory, base);
  const { files, trees } = localPaths(text);
  for (const local of files) await loader.file(local);
  for (const local of trees) await loader.tree(local);
  return loader;
}

class Loader implements LocalFiles {
  readonly #host: Host;
  readonly #directory: string;
  readonly #base: string;
  readonly #files = new Map<string, Loaded<Uint8Array>>();
  readonly #links = new Map<string, string>();
  readonly #roots = new Map<string, Loaded<boolean>>();
  readonly #trees = new Map<string, TreeEntry[]>();

  constructor(host: Host, directory: string, base: string) {
    this.#host = host;
    this.#directory = directory;
    this.#base = base;
  }

  read(local: string): Uint8Array {
    return usable(this.#files.get(local), local);
  }

  readLink(local: string): string {
    return usable(this.#links.get(local), local);
  }

  isDirectory(local: string): boolean {
    return usable(this.#roots.get(local), local);
  }

  walk(local: string): readonly TreeEntry[] {
    return usable(this.#trees.get(local), local);
  }

  async file(local: string): Promise<void> {
    this.#files.set(local, await this.#attempt('open', local, (path) => this.#host.readBytes(path)));
  }

  async tree(local: string): Promise<void> {
    const isDirectory = await this.#attempt('stat', local, async (path) => {
      const stat = await this.#followed(path);
      return stat === undefined ? undefined : stat.type === 'directory';
    });
    this.#roots.set(local, isDirectory);
    if (isDirectory !== true) return;
    const entries: TreeEntry[] = [{ path: '', type: 'directory', executable: true }];
    this.#trees.set(local, entries);
    await this.#below(local, '', entries);
  }

  async #below(local: string, folder: string, entries: TreeEntry[]): Promise<void> {
    for (const name of await this.#host.list(this.#path(`${local}/${folder}`))) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const full = `${local}/${path}`;
      const stat = await this.#host.stat(this.#path(full));
      if (stat === undefined) continue; // removed meanwhile
      const type =
        stat.type === 'symlink'
          ? 'link'
          : stat.type === 'file' || stat.type === 'directory'
            ? stat.type
            : 'other';
      entries.push({ path, type, executable: (stat.mode & 0o111) !== 0 });
      if (type === 'directory') await this.#below(local, path, entries);
      if (type === 'file') await this.file(full);
      if (type === 'link') this.#links.set(full, (await this.#host.readLink(this.#path(full))) ?? '');
    }
  }

  async #attempt<T>(
    verb: string,
    local: string,
    action: (path: string) => Promise<T | undefined>,
  ): Promise<Loaded<T>> {
    const shown = posix.join(this.#directory, local);
    if (!this.#isInside(local)) return new LocalFileProblem(ESCAPES_FILES_DIRECTORY);
    try {
      return (
        (await action(this.#path(local))) ??
        new LocalFileProblem(`${verb} ${shown}: no such file or directory`)
      );
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return new LocalFileProblem(`${verb} ${shown}: ${WORDS[causeCode(error)] ?? error.message}`, {
        cause: error,
      });
    }
  }

  #path(local: string): string {
    return posix.resolve(this.#base, this.#directory, `./${local}`);
  }

  #isInside(local: string): boolean {
    const root = posix.resolve(this.#base, this.#directory);
    const path = this.#path(local);
    return path === root || path.startsWith(root === '/' ? root : `${root}/`);
  }

  async #followed(path: string): Promise<FileStat | undefined> {
    let at = path;
    for (let i = 0; i < MOST_LINKS; i += 1) {
      const stat = await this.#host.stat(at);
      if (stat?.type !== 'symlink') return stat;
      at = posix.resolve(posix.dirname(at), (await this.#host.readLink(at)) ?? '');
    }
    return undefined;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ELOOP: 'too many levels of symbolic links',
};

function causeCode({ cause }: HostError): string {
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? '') : '';
}

function usable<T>(loaded: Loaded<T> | undefined, local: string): T {
  if (loaded instanceof LocalFileProblem) throw loaded;
  if (loaded === undefined) throw new LocalFileProblem(`open ${local}: no such file or directory`);
  return loaded;
}
