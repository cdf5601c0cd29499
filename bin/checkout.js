// The checkout these scripts belong to, and how a program is run in it. Plain JavaScript for Node 20 and newer: it
// runs before anything is installed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's directory. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node that runs the sources as they are; there once node_modules is installed. */
export const NODE = join(ROOT, 'node_modules', '.bin', 'node');

const PASSED_ON = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * The environment in which the checkout's own programs, Node first of all, come before the machine's.
 *
 * @returns {NodeJS.ProcessEnv}
 */
export function environment() {
  return {
    ...process.env,
    PATH: `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
  };
}

/**
 * Runs a program to its end. Signals that reach this process are passed on to it.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ onOutput?: (text: string) => void, errorsToo?: boolean, cwd?: string, input?: 'inherit' | 'ignore' }} [options]
 *   with `onOutput` standard output goes there (with `errorsToo` standard error as well); otherwise both are shared
 * @returns {Promise<{ code: number, signal: NodeJS.Signals | null }>} code as a shell would give it
 */
export function runToEnd(program, args, options = {}) {
  const { onOutput, errorsToo = false, cwd = ROOT, input = 'ignore' } = options;
  const child = spawn(program, args, {
    cwd,
    env: environment(),
    stdio: [input, onOutput ? 'pipe' : 'inherit', onOutput && errorsToo ? 'pipe' : 'inherit'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => onOutput?.(text));
  const passOn = PASSED_ON.map((signal) => {
    const handler = () => child.kill(signal);
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const stop of passOn) stop();
      resolve({ code: code ?? 128 + (signal ? constants.signals[signal] : 0), signal });
    });
  });
}

/**
 * Ends this process the way a program it stood for has ended.
 *
 * @param {{ code: number, signal: NodeJS.Signals | null }} ending
 */
export function endLike(ending) {
  process.exitCode = ending.code;
  if (ending.signal) process.kill(process.pid, ending.signal);
}
