import { Readable } from 'node:stream';
import type {
  Argv,
  FileStat,
  FilesystemUsage,
  Host,
  RunOptions,
  RunResult,
  StreamedCommand,
  StreamOptions,
  WriteOptions,
} from '../../core/host/host.ts';
import { HostError } from '../../core/host/host-error.ts';

/** What the fake machine answers to a command: text (exit code 0), a whole result, or a thrown error. */
export type Answer =
  | string
  | Partial<RunResult>
  | Error
  | ((argv: Argv, options: RunOptions) => string | Partial<RunResult>);

/**
 * A machine in memory for unit tests of decisions: it knows only the commands and files it was told about, throws on
 * any other command, and keeps a transcript of everything that changed something.
 */
export class RecordingHost implements Host {
  readonly root = '/';
  readonly transcript: string[] = [];
  readonly files = new Map<string, string>();
  readonly directories = new Set<string>(['/']);
  readonly links = new Map<string, string>();
  uptime = 100;
  time = new Date('2026-01-01T00:00:00Z');
  space: FilesystemUsage = { totalBytes: 100e9, availableBytes: 50e9 };
  readonly #answers: { pattern: RegExp; answer: Answer }[] = [];

  /** Tells the answer to commands whose words, joined by spaces, match. The newest match wins. */
  on(pattern: RegExp, answer: Answer): this {
    this.#answers.unshift({ pattern, answer });
    return this;
  }

  file(path: string, content: string): this {
    this.files.set(path, content);
    return this;
  }

  async run(argv: Argv, options: RunOptions): Promise<RunResult> {
    const line = argv.join(' ');
    this.transcript.push(`run ${line}`);
    const found = this.#answers.find(({ pattern }) => pattern.test(line));
    if (found === undefined) throw new Error(`RecordingHost: unexpected command: ${line}`);
    const answer = typeof found.answer === 'function' ? found.answer(argv, options) : found.answer;
    if (answer instanceof Error) throw answer;
    const result = {
      stdout: '',
      stderr: '',
      exitCode: 0,
      ...(typeof answer === 'string' ? { stdout: answer } : answer),
    };
    if (!(options.okExitCodes ?? [0]).includes(result.exitCode)) {
      throw new HostError('command-failed', `Could not ${options.description}: ${argv[0]} failed.`, result);
    }
    return result;
  }

  stream(argv: Argv, options: StreamOptions): StreamedCommand {
    const { description, timeoutMs } = options;
    const result = this.run(argv, { description, timeoutMs });
    const stdout = Readable.from(
      (async function* () {
        yield (await result).stdout;
      })(),
    );
    return { stdout, done: result.then(() => undefined) };
  }

  async readText(path: string): Promise<string | undefined> {
    return this.files.get(path);
  }

  async readBytes(path: string): Promise<Uint8Array | undefined> {
    const text = this.files.get(path);
    return text === undefined ? undefined : new TextEncoder().encode(text);
  }

  openRead(path: string): Readable {
    return Readable.from([this.files.get(path) ?? '']);
  }

  async list(path: string): Promise<readonly string[]> {
    const below = `${path.replace(/\/$/, '')}/`;
    const names = [...this.files.keys(), ...this.directories, ...this.links.keys()]
      .filter((p) => p.startsWith(below) && p !== below)
      .map((p) => p.slice(below.length).split('/')[0] as string);
    return [...new Set(names)].toSorted();
  }

  async stat(path: string): Promise<FileStat | undefined> {
    const base = {
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtimeMs: this.time.getTime(),
      ino: inodeOf(path),
      dev: 1,
      nlink: 1,
    };
    if (this.links.has(path)) return { ...base, type: 'symlink', size: 0 };
    const text = this.files.get(path);
    if (text !== undefined) return { ...base, type: 'file', size: Buffer.byteLength(text) };
    if (this.directories.has(path) || (await this.list(path)).length > 0) {
      return { ...base, type: 'directory', size: 0, mode: 0o755 };
    }
    return undefined;
  }

  async readLink(path: string): Promise<string | undefined> {
    return this.links.get(path);
  }

  async usage(): Promise<FilesystemUsage> {
    return this.space;
  }

  async writeAtomic(
    path: string,
    data: string | Uint8Array | Readable,
    _options?: WriteOptions,
  ): Promise<void> {
    this.transcript.push(`write ${path}`);
    const text =
      typeof data === 'string'
        ? data
        : data instanceof Uint8Array
          ? new TextDecoder().decode(data)
          : Buffer.concat(await Array.fromAsync(data)).toString();
    this.files.set(path, text);
  }

  async replaceUnchanged(
    path: string,
    before: string | undefined,
    after: string | undefined,
  ): Promise<boolean> {
    if (this.files.get(path) !== before) return false;
    if (after === undefined) await this.remove(path);
    else await this.writeAtomic(path, after);
    return true;
  }

  async append(path: string, data: string): Promise<void> {
    this.transcript.push(`append ${path}`);
    this.files.set(path, (this.files.get(path) ?? '') + data);
  }

  async makeDirectory(path: string): Promise<void> {
    this.transcript.push(`mkdir ${path}`);
    this.directories.add(path);
  }

  async makeSymlink(path: string, target: string): Promise<void> {
    this.transcript.push(`symlink ${path} -> ${target}`);
    this.links.set(path, target);
  }

  async rename(from: string, to: string): Promise<void> {
    this.transcript.push(`rename ${from} ${to}`);
    const text = this.files.get(from);
    if (text === undefined) throw new HostError('not-found', `Could not rename ${from}: no such file.`);
    this.files.delete(from);
    this.files.set(to, text);
  }

  async chmod(path: string, mode: number): Promise<void> {
    this.transcript.push(`chmod ${mode.toString(8)} ${path}`);
  }

  async chown(path: string, uid: number, gid: number): Promise<void> {
    this.transcript.push(`chown ${uid}:${gid} ${path}`);
  }

  async remove(path: string): Promise<void> {
    this.transcript.push(`remove ${path}`);
    for (const known of [this.files, this.directories, this.links]) {
      for (const key of known.keys()) if (key === path || key.startsWith(`${path}/`)) known.delete(key);
    }
  }

  async sync(path: string): Promise<void> {
    this.transcript.push(`sync ${path}`);
  }

  watch(): { stop(): void } {
    return { stop: () => undefined };
  }

  within(path: string): Host {
    return new Within(this, path);
  }

  machinePath(path: string): string {
    return path;
  }

  now(): Date {
    return this.time;
  }

  async uptimeSeconds(): Promise<number> {
    return this.uptime;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.time = new Date(this.time.getTime() + ms);
    this.uptime += ms / 1000;
  }
}

/** Another number for every path. */
function inodeOf(path: string): number {
  let hash = 7;
  for (const character of path) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 2_147_483_647;
  return hash;
}

/** A directory of the recording host seen as a machine of its own. */
class Within implements Host {
  readonly root: string;
  readonly #host: RecordingHost;

  constructor(host: RecordingHost, path: string) {
    this.#host = host;
    this.root = path.replace(/\/$/, '');
  }

  machinePath = (path: string): string => this.root + path;
  run = (argv: Argv, options: RunOptions): Promise<RunResult> => this.#host.run(argv, options);
  stream = (argv: Argv, options: StreamOptions): StreamedCommand => this.#host.stream(argv, options);
  readText = (path: string): Promise<string | undefined> => this.#host.readText(this.root + path);
  readBytes = (path: string): Promise<Uint8Array | undefined> => this.#host.readBytes(this.root + path);
  openRead = (path: string): Readable => this.#host.openRead(this.root + path);
  list = (path: string): Promise<readonly string[]> => this.#host.list(this.root + path);
  stat = (path: string): Promise<FileStat | undefined> => this.#host.stat(this.root + path);
  readLink = (path: string): Promise<string | undefined> => this.#host.readLink(this.root + path);
  usage = (): Promise<FilesystemUsage> => this.#host.usage();
  writeAtomic = (path: string, data: string | Uint8Array | Readable, options?: WriteOptions): Promise<void> =>
    this.#host.writeAtomic(this.root + path, data, options);
  replaceUnchanged = (path: string, before?: string, after?: string): Promise<boolean> =>
    this.#host.replaceUnchanged(this.root + path, before, after);
  append = (path: string, data: string): Promise<void> => this.#host.append(this.root + path, data);
  makeDirectory = (path: string): Promise<void> => this.#host.makeDirectory(this.root + path);
  makeSymlink = (path: string, target: string): Promise<void> =>
    this.#host.makeSymlink(this.root + path, target);
  rename = (from: string, to: string): Promise<void> => this.#host.rename(this.root + from, this.root + to);
  chmod = (path: string, mode: number): Promise<void> => this.#host.chmod(this.root + path, mode);
  chown = (path: string, uid: number, gid: number): Promise<void> =>
    this.#host.chown(this.root + path, uid, gid);
  remove = (path: string): Promise<void> => this.#host.remove(this.root + path);
  sync = (path: string): Promise<void> => this.#host.sync(this.root + path);
  watch = (): { stop(): void } => this.#host.watch();
  within = (path: string): Host => new Within(this.#host, this.root + path);
  now = (): Date => this.#host.now();
  uptimeSeconds = (): Promise<number> => this.#host.uptimeSeconds();
  sleep = (ms: number, signal?: AbortSignal): Promise<void> => this.#host.sleep(ms, signal);
}
