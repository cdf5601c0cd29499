// Long because it is one class: every primitive of the machine, each with the rule that makes it safe.
import { randomBytes } from 'node:crypto';
import { type BigIntStats, type Stats, watch as watchDirectory } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand, streamCommand } from './commands.ts';
import type {
  Argv,
  Durability,
  FileStat,
  FilesystemUsage,
  FileType,
  Host,
  RunOptions,
  RunResult,
  StreamedCommand,
  StreamOptions,
  WriteOptions,
} from './host.ts';
import { HostError, type HostErrorCode } from './host-error.ts';
import { replaceUnchanged } from './replace-unchanged.ts';
import { resolveInRoot } from './resolve-in-root.ts';

export interface RealHostOptions {
  /** Where the machine's `/` lies; default `/`. */
  readonly root?: string;
  /**
   * How commands reach the machine: `direct` (this process runs on it), `chroot` (into `root`), or `nsenter` (the
   * namespaces of process 1, for a privileged container with `--pid=host`). Default `direct`.
   */
  readonly enter?: 'direct' | 'chroot' | 'nsenter';
}

const NSENTER = ['nsenter', '--target', '1', '--mount', '--uts', '--ipc', '--net', '--pid', '--'] as const;

/** Bytes that are read from a file at a time. */
const READ_BYTES = 256 * 1024;

/** An editor that had a file open when it was replaced has written and closed it by then. */
const SETTLE_MS = 50;

/** The machine itself. The only place that touches `node:fs` and processes for machine state. */
export class RealHost implements Host {
  readonly root: string;
  readonly #commandPrefix: readonly string[];
  /** The path on the machine where `root` lies: empty but for `within`. */
  readonly #prefix: string;

  constructor(
    options: RealHostOptions = {},
    within?: { root: string; prefix: string; command: readonly string[] },
  ) {
    this.root = within?.root ?? options.root ?? '/';
    this.#prefix = within?.prefix ?? '';
    this.#commandPrefix = within?.command ?? commandPrefix(options, this.root);
  }

  run(argv: Argv, options: RunOptions): Promise<RunResult> {
    return runCommand(this.#commandPrefix, argv, options);
  }

  stream(argv: Argv, options: StreamOptions): StreamedCommand {
    return streamCommand(this.#commandPrefix, argv, options);
  }

  async readText(path: string): Promise<string | undefined> {
    const bytes = await this.readBytes(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  async readBytes(path: string): Promise<Uint8Array | undefined> {
    try {
      return await fs.readFile(await this.#forReading(path));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#failed('read', path, error);
    }
  }

  openRead(path: string): Readable {
    // each piece costs a trip to the thread pool, here and in whatever unpacks it
    const out = new PassThrough({ highWaterMark: READ_BYTES });
    this.#forReading(path)
      .then(async (real) => {
        const file = await fs.open(real, 'r');
        await pipeline(file.createReadStream({ highWaterMark: READ_BYTES }), out);
      })
      .catch((error: unknown) => out.destroy(this.#failed('read', path, error)));
    return out;
  }

  async list(path: string): Promise<readonly string[]> {
    try {
      const names = await fs.readdir(await this.#forReading(path), { encoding: 'buffer' });
      return names.toSorted(Buffer.compare).map((name) => name.toString());
    } catch (error) {
      if (isMissing(error)) return [];
      throw this.#failed('list', path, error);
    }
  }

  async stat(path: string): Promise<FileStat | undefined> {
    try {
      return fileStat(await fs.lstat(await this.#forReading(path, false)));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#failed('look at', path, error);
    }
  }

  async readLink(path: string): Promise<string | undefined> {
    try {
      return await fs.readlink(await this.#forReading(path, false));
    } catch (error) {
      if (isMissing(error) || codeOf(error) === 'EINVAL') return undefined;
      throw this.#failed('read the link', path, error);
    }
  }

  async usage(path: string): Promise<FilesystemUsage> {
    try {
      const stat = await fs.statfs(await this.#forReading(path));
      return { totalBytes: stat.blocks * stat.bsize, availableBytes: stat.bavail * stat.bsize };
    } catch (error) {
      throw this.#failed('measure the filesystem of', path, error);
    }
  }

  async writeAtomic(
    path: string,
    data: string | Uint8Array | Readable,
    options: WriteOptions = {},
  ): Promise<void> {
    // A stream may fail before it is read below; reading it then throws what it failed with.
    if (data instanceof Readable) data.on('error', () => undefined);
    const real = await this.#resolve(path);
    const directory = dirname(real);
    const temporary = join(directory, `.lca-${randomBytes(6).toString('hex')}.tmp`);
    try {
      const old = await fs.lstat(real).catch(() => undefined);
      await writeFresh(temporary, data, old, options);
      await fs.rename(temporary, real);
      if (options.durable ?? true) await syncDirectory(directory);
    } catch (error) {
      await fs.rm(temporary, { force: true }).catch(() => undefined);
      throw this.#failed('write', path, error);
    }
  }

  async replaceUnchanged(
    path: string,
    before: string | undefined,
    after: string | undefined,
  ): Promise<boolean> {
    const real = await this.#resolve(path);
    const fresh =
      after === undefined ? undefined : join(dirname(real), `.lca-${randomBytes(6).toString('hex')}.tmp`);
    try {
      const old = await fs.lstat(real).catch(() => undefined);
      if (fresh !== undefined && after !== undefined) await writeFresh(fresh, after, old);
      const done = await replaceUnchanged(real, before, fresh, () => delay(SETTLE_MS));
      if (done) await syncDirectory(dirname(real));
      return done;
    } catch (error) {
      throw this.#failed('replace', path, error);
    } finally {
      if (fresh !== undefined) await fs.rm(fresh, { force: true }).catch(() => undefined);
    }
  }

  async append(path: string, data: string, options: WriteOptions = {}): Promise<void> {
    try {
      const real = await this.#resolve(path);
      await makeDirectories(dirname(real));
      const isNew = (await fs.lstat(real).catch(() => undefined)) === undefined;
      const file = await fs.open(real, 'a', options.mode ?? 0o644);
      try {
        await file.appendFile(data);
        await file.datasync();
      } finally {
        await file.close();
      }
      if (isNew) await syncDirectory(dirname(real));
    } catch (error) {
      throw this.#failed('append to', path, error);
    }
  }

  async makeDirectory(path: string, mode = 0o755): Promise<void> {
    try {
      const real = await this.#resolve(path);
      if ((await fs.lstat(real).catch(() => undefined))?.isDirectory()) return;
      await makeDirectories(real);
      await fs.chmod(real, mode);
    } catch (error) {
      throw this.#failed('make the directory', path, error);
    }
  }

  async makeSymlink(path: string, target: string): Promise<void> {
    try {
      const real = await this.#resolve(path, false);
      await makeDirectories(dirname(real));
      const temporary = join(dirname(real), `.lca-${randomBytes(6).toString('hex')}.tmp`);
      await fs.symlink(target, temporary);
      await fs.rename(temporary, real);
      await syncDirectory(dirname(real));
    } catch (error) {
      throw this.#failed('make the symbolic link', path, error);
    }
  }

  async rename(from: string, to: string, options: Durability = {}): Promise<void> {
    try {
      const realTo = await this.#resolve(to, false);
      await fs.rename(await this.#resolve(from, false), realTo);
      if (options.durable ?? true) await syncDirectory(dirname(realTo));
    } catch (error) {
      throw this.#failed('rename', from, error);
    }
  }

  async chmod(path: string, mode: number): Promise<void> {
    try {
      await fs.chmod(await this.#resolve(path), mode);
    } catch (error) {
      throw this.#failed('change the mode of', path, error);
    }
  }

  async chown(path: string, uid: number, gid: number): Promise<void> {
    try {
      await fs.lchown(await this.#resolve(path, false), uid, gid);
    } catch (error) {
      throw this.#failed('change the owner of', path, error);
    }
  }

  async remove(path: string): Promise<void> {
    try {
      const real = await this.#resolve(path, false);
      const stat = await fs.lstat(real).catch(() => undefined);
      if (stat === undefined) return;
      await removeTree(Buffer.from(real), stat.dev);
      await syncDirectory(dirname(real));
    } catch (error) {
      throw this.#failed('remove', path, error);
    }
  }

  async sync(path: string): Promise<void> {
    const on = this.#commandPrefix.length === 0 ? await this.#resolve(path) : this.machinePath(path);
    await this.run(['sync', '--file-system', on], {
      description: `flush ${path} to disk`,
      timeoutMs: 300_000,
    });
  }

  watch(path: string, changed: (name: string | undefined) => void): { stop(): void } {
    const watcher = watchDirectory(join(this.root, path), { persistent: false }, (_event, name) =>
      changed(name ?? undefined),
    );
    watcher.on('error', () => undefined); // the caller's slow poll goes on
    return { stop: () => watcher.close() };
  }

  within(path: string): RealHost {
    return new RealHost(
      {},
      { root: join(this.root, path), prefix: this.machinePath(path), command: this.#commandPrefix },
    );
  }

  machinePath(path: string): string {
    return join('/', this.#prefix, path);
  }

  now(): Date {
    return new Date();
  }

  async uptimeSeconds(): Promise<number> {
    return Number((await fs.readFile('/proc/uptime', 'utf8')).split(' ')[0]);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  }

  /** {@link resolveInRoot}, which on this very machine the kernel does by itself, without a look at each part. */
  async #forReading(path: string, followLast = true): Promise<string> {
    const isPlain =
      this.root === '/' && path.startsWith('/') && !path.includes('/..') && !path.includes('\0');
    return isPlain ? path : this.#resolve(path, followLast);
  }

  #resolve(path: string, followLast = true): Promise<string> {
    return resolveInRoot(this.root, path, followLast);
  }

  #failed(verb: string, path: string, error: unknown): HostError {
    if (error instanceof HostError) return error;
    const where = this.machinePath(path);
    const code = codeOf(error);
    const reason = REASONS[code ?? ''] ?? (error instanceof Error ? error.message : String(error));
    return new HostError(CODES[code ?? ''] ?? 'io', `Could not ${verb} ${where}: ${reason}.`, {
      cause: error,
    });
  }
}

const CODES: Readonly<Record<string, HostErrorCode>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-a-directory',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EROFS: 'read-only',
};

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENOSPC: 'no space left on the filesystem',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the filesystem is read-only',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
};

function commandPrefix(options: RealHostOptions, root: string): readonly string[] {
  if (options.enter === 'nsenter') return NSENTER;
  if (options.enter === 'chroot') return ['chroot', root];
  return [];
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function fileStat(stat: Stats): FileStat {
  const { size, uid, gid, mtimeMs, ino, dev, nlink } = stat;
  return { type: fileType(stat), size, mode: stat.mode & 0o7777, uid, gid, mtimeMs, ino, dev, nlink };
}

function fileType(stat: Stats | BigIntStats): FileType {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isBlockDevice()) return 'block';
  if (stat.isCharacterDevice()) return 'character';
  return stat.isFIFO() ? 'fifo' : 'socket';
}

/**
 * Writes a file that is not there yet, flushed: to be put in the place of another one, whose mode and owner it takes where
 * the options name none.
 *
 * @param old what it is to replace; undefined: nothing
 */
async function writeFresh(
  path: string,
  data: string | Uint8Array | Readable,
  old: Stats | undefined,
  options: WriteOptions = {},
): Promise<void> {
  await makeDirectories(dirname(path));
  const file = await fs.open(path, 'wx', 0o600);
  try {
    await file.writeFile(data as string | Uint8Array);
    const uid = options.uid ?? old?.uid;
    const gid = options.gid ?? old?.gid;
    if (uid !== undefined || gid !== undefined) await file.chown(uid ?? -1, gid ?? -1);
    await file.chmod(options.mode ?? (old?.isFile() ? old.mode & 0o7777 : 0o644));
    if (options.durable ?? true) await file.sync();
  } finally {
    await file.close();
  }
}

/** Like `mkdir -p`, but the new names are on disk when it returns. */
async function makeDirectories(path: string): Promise<void> {
  const first = await fs.mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let at = path; at.length >= first.length; at = dirname(at)) await syncDirectory(dirname(at));
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await fs.open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const SLASH = Buffer.from('/');

/** Paths as bytes: a name need not be UTF-8. */
async function removeTree(path: Buffer, device: number): Promise<void> {
  const stat = await fs.lstat(path);
  if (!stat.isDirectory()) {
    await fs.unlink(path);
    return;
  }
  if (stat.dev !== device) {
    throw new HostError('io', `Not removed: another filesystem is mounted at ${path.toString()}.`, {
      remedy: `Unmount ${path.toString()} first.`,
    });
  }
  for (const name of await fs.readdir(path, { encoding: 'buffer' })) {
    await removeTree(Buffer.concat([path, SLASH, name]), device);
  }
  await fs.rmdir(path);
}
