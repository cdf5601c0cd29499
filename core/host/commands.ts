import { type Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { messageOf } from '../errors/lca-error.ts';
import type { Argv, RunOptions, RunResult, StreamedCommand, StreamOptions } from './host.ts';
import { HostError } from './host-error.ts';

const DEFAULT_MOST_OUTPUT = 64 * 1024 * 1024;
const KILL_AFTER_MS = 5_000;
const EVIDENCE_LENGTH = 2_000;

/** What tells apart the ways a command can end; the part of execa's result and error that is read here. */
interface Ending {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly timedOut?: boolean;
  readonly isCanceled?: boolean;
  readonly isMaxBuffer?: boolean;
  readonly code?: string | undefined;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
}

const BASE_OPTIONS = {
  reject: false,
  killSignal: 'SIGTERM',
  forceKillAfterDelay: KILL_AFTER_MS,
  stripFinalNewline: false,
  cleanup: true,
} as const;

/** Runs a command to its end. `prefix` is what makes it run on another root or in other namespaces. */
export async function runCommand(
  prefix: readonly string[],
  argv: Argv,
  options: RunOptions,
): Promise<RunResult> {
  const [file, ...args] = [...prefix, ...argv];
  const child = execa(file as string, args, {
    ...BASE_OPTIONS,
    timeout: options.timeoutMs,
    maxBuffer: options.maxOutputBytes ?? DEFAULT_MOST_OUTPUT,
    env: { LC_ALL: 'C.UTF-8', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  if (options.onLine) {
    eachLine(child.stdout, options.onLine);
    eachLine(child.stderr, options.onLine);
  }
  const ending = (await child) as Ending;
  return checked(argv, options, ending, options.okExitCodes ?? [0]);
}

/** Starts a command whose output is read as it comes. */
export function streamCommand(
  prefix: readonly string[],
  argv: Argv,
  options: StreamOptions,
): StreamedCommand {
  const [file, ...args] = [...prefix, ...argv];
  const child = execa(file as string, args, {
    ...BASE_OPTIONS,
    timeout: options.timeoutMs,
    buffer: { stdout: false, stderr: true },
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { stdin: 'pipe' as const }),
  });
  if (options.input && child.stdin) {
    options.input.on('error', () => child.kill('SIGTERM'));
    child.stdin.on('error', () => undefined); // the command's own ending says why it closed its input
    options.input.pipe(child.stdin);
  }
  const done = child.then((ending) => {
    checked(argv, options, ending, [0]);
  });
  done.catch(() => undefined); // also reported to whoever awaits `done`
  return { stdout: child.stdout, done };
}

function checked(
  argv: Argv,
  options: { readonly description: string; readonly timeoutMs: number },
  ending: Ending,
  okExitCodes: readonly number[],
): RunResult {
  const stdout = typeof ending.stdout === 'string' ? ending.stdout : '';
  const stderr = typeof ending.stderr === 'string' ? ending.stderr : '';
  const subject = `Could not ${options.description}: ${argv[0]}`;
  const details = {
    stdout,
    stderr,
    ...(ending.exitCode === undefined ? {} : { exitCode: ending.exitCode }),
    ...(ending instanceof Error ? { cause: ending } : {}),
  };
  if (ending.code === 'ENOENT' || ending.code === 'EACCES') {
    throw new HostError('command-missing', `${subject} is not installed.`, {
      ...details,
      remedy: `Install the program "${argv[0]}".`,
    });
  }
  if (ending.timedOut) {
    throw new HostError(
      'command-timeout',
      `${subject} did not end within ${options.timeoutMs / 1000} s.`,
      details,
    );
  }
  if (ending.isCanceled) throw new HostError('command-aborted', `${subject} was stopped.`, details);
  if (ending.isMaxBuffer) {
    throw new HostError('output-too-long', `${subject} printed more than expected.`, details);
  }
  if (ending.exitCode === undefined) {
    const how = ending.signal === undefined ? messageOf(ending) : `ended by ${ending.signal}`;
    throw new HostError('command-failed', `${subject} failed (${how})${evidence(stderr)}`, details);
  }
  if (!okExitCodes.includes(ending.exitCode)) {
    const text = evidence(stderr === '' ? stdout : stderr);
    throw new HostError(
      'command-failed',
      `${subject} failed with exit code ${ending.exitCode}${text}`,
      details,
    );
  }
  return { stdout, stderr, exitCode: ending.exitCode };
}

/** The end of what the command said, as the tail of the sentence. */
function evidence(output: string): string {
  const text = output.trim();
  if (text === '') return '.';
  return `: ${text.length > EVIDENCE_LENGTH ? `…${text.slice(-EVIDENCE_LENGTH)}` : text}`;
}

function eachLine(stream: Readable | null, onLine: (line: string) => void): void {
  if (!stream) return;
  const decoder = new TextDecoder();
  let rest = '';
  stream.pipe(
    new Writable({
      write(chunk: Buffer, _encoding, next) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n|\r/);
        rest = lines.pop() ?? '';
        for (const line of lines) onLine(line);
        next();
      },
      final(next) {
        if (rest !== '') onLine(rest);
        next();
      },
    }),
  );
}
