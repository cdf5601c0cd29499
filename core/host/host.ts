import type { Readable } from 'node:stream';

/** A program and its arguments; never a shell string. */
export type Argv = readonly [program: string, ...args: string[]];

export interface RunOptions {
  /** What the command is for, in an operator's words: "import the seed's commit". Shown in logs and errors. */
  readonly description: string;
  readonly timeoutMs: number;
  /** Added to the environment; the rest is inherited (with LC_ALL=C.UTF-8, so that output can be parsed). */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Text or bytes for standard input; without it standard input is closed. */
  readonly input?: string | Uint8Array;
  /** Exit codes that are an answer and not a failure; default `[0]`. */
  readonly okExitCodes?: readonly number[];
  /** Ends the command (SIGTERM, SIGKILL 5 s later) and throws `command-aborted`. */
  readonly signal?: AbortSignal;
  /** Called for each line of standard output and standard error as it comes. */
  readonly onLine?: (line: string) => void;
  /** Most bytes of standard output kept; default 64 MiB, more is an error (`output-too-long`). */
  readonly maxOutputBytes?: number;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface StreamOptions {
  readonly description: string;
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Piped into standard input; without it standard input is closed. */
  readonly input?: Readable;
  readonly signal?: AbortSignal;
}

/** A running command whose standard output is read as it comes. */
export interface StreamedCommand {
  readonly stdout: Readable;
  /** Settles when the command has ended: rejects with `HostError` as `run` does. Always await it. */
  readonly done: Promise<void>;
}

export type FileType = 'file' | 'directory' | 'symlink' | 'block' | 'character' | 'fifo' | 'socket';

export interface FileStat {
  readonly type: FileType;
  readonly size: number;
  /** Permission bits only, 0…0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  readonly ino: number;
  readonly dev: number;
  readonly nlink: number;
}

export interface Durability {
  /** `false`: whole, but not flushed to disk; for what is made anew after a crash. Default true. */
  readonly durable?: boolean;
}

export interface WriteOptions extends Durability {
  /** Permission bits; default: those of the file replaced, else 0o644. */
  readonly mode?: number;
  /** Owner; default: that of the file replaced, else the process's. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface FilesystemUsage {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

/**
 * The machine, as about twenty primitives and no domain verbs. Paths are absolute paths of that machine; symbolic
 * links in them are followed as that machine would (inside its root), so the same code works on `/`, on a container's
 * `/host`, on another stateroot and on a test's temporary tree.
 *
 * Every method throws `HostError`; "is not there" is a value where a caller will ask (`stat`, `readText`), and an
 * error elsewhere.
 */
export interface Host {
  /** Where this machine's `/` lies for this process. */
  readonly root: string;

  /** Runs a command to its end. Throws unless the exit code is an expected one. */
  run(argv: Argv, options: RunOptions): Promise<RunResult>;
  /** Starts a command whose output is streamed. */
  stream(argv: Argv, options: StreamOptions): StreamedCommand;

  /** The file's bytes as UTF-8 text; undefined if there is no such file. */
  readText(path: string): Promise<string | undefined>;
  /** The file's bytes; undefined if there is no such file. */
  readBytes(path: string): Promise<Uint8Array | undefined>;
  /** A stream of the file's bytes. */
  openRead(path: string): Readable;
  /** Names in a directory, sorted bytewise; empty if there is no such directory. */
  list(path: string): Promise<readonly string[]>;
  /** What is at the path, without following a last symbolic link; undefined if nothing. */
  stat(path: string): Promise<FileStat | undefined>;
  /** The target text of a symbolic link; undefined if the path is none. */
  readLink(path: string): Promise<string | undefined>;
  /** Size and free space of the filesystem that holds the path. */
  usage(path: string): Promise<FilesystemUsage>;

  /** Replaces a file so that after a crash either the old or the new content is there, whole: temporary file, fsync, rename, fsync of the directory. Makes missing parent directories. */
  writeAtomic(path: string, data: string | Uint8Array | Readable, options?: WriteOptions): Promise<void>;
  /**
   * Replaces (undefined: removes) a file as `writeAtomic` does, but only while its content is what was read (undefined:
   * no file). For a file that people edit too. @returns false if it is not: read again
   */
  replaceUnchanged(path: string, before: string | undefined, after: string | undefined): Promise<boolean>;
  /** Appends and fsyncs. */
  append(path: string, data: string, options?: WriteOptions): Promise<void>;
  makeDirectory(path: string, mode?: number): Promise<void>;
  makeSymlink(path: string, target: string): Promise<void>;
  rename(from: string, to: string, options?: Durability): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  chown(path: string, uid: number, gid: number): Promise<void>;
  /** Removes a file or a whole tree; nothing there is fine. Never crosses into another mounted filesystem's root. */
  remove(path: string): Promise<void>;
  /** Flushes everything written to the filesystem that holds the path (syncfs). */
  sync(path: string): Promise<void>;

  /** Calls back with the name, where it is known, after an entry of the directory changed, until stopped. A missed or doubled call is possible: look again yourself now and then. */
  watch(path: string, changed: (name: string | undefined) => void): { stop(): void };

  /** The same machine seen from a directory of it: `host.within('/ostree/deploy/x')`. Commands still run on the machine. */
  within(path: string): Host;
  /** The absolute path, for commands of this machine, of a path inside `within(...)`; the path itself otherwise. */
  machinePath(path: string): string;

  now(): Date;
  /** Seconds since the kernel started (boot clock). */
  uptimeSeconds(): Promise<number>;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
