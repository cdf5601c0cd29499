import { stringify } from 'yaml';

/** For a person (default), or the data as a program wants it. */
export type OutputFormat = 'json' | 'yaml' | undefined;

const outputClosing = new AbortController();

/** Fires when whoever read standard output has gone (`lca events --follow | head`); nothing more can be shown. */
export const outputClosed: AbortSignal = outputClosing.signal;

/**
 * From here on a reader that goes away ends nothing: what was to be shown is dropped. A command that changes a node
 * must not be cut short by `| head`.
 */
export function survivesClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      outputClosing.abort();
    });
  }
}

/** Prints a command's result on standard output: `human` to a person, `value` to a program. */
export function printResult<Value>(
  value: Value,
  format: OutputFormat,
  human: (value: Value) => string,
): void {
  if (format === 'json') print(JSON.stringify(value, null, 2));
  else if (format === 'yaml') print(stringify(value).trimEnd());
  else print(human(value));
}

/** One or more lines on standard output. */
export function print(text: string): void {
  if (!outputClosed.aborted) process.stdout.write(`${text}\n`);
}

/** A line about what is going on, on standard error, so that a result on standard output stays clean. */
export function printProgress(text: string): void {
  process.stderr.write(`${text}\n`);
}
