import { constants } from 'node:os';

/** A second signal this much later means "now": the first comes doubled from a terminal through npx. */
const INSISTING_AFTER_MS = 1_000;

let controller: AbortController | undefined;
let received: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | undefined;

/**
 * Fires on SIGINT, SIGTERM or SIGHUP, for commands that must put something in order first; those that do not ask for
 * it end at once. Whoever sends a signal again a second later does not get the order, but the end.
 */
export function interruption(): AbortSignal {
  if (controller !== undefined) return controller.signal;
  const made = new AbortController();
  controller = made;
  let since = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (received !== undefined && performance.now() - since > INSISTING_AFTER_MS) {
        process.exit(128 + constants.signals[signal]);
      }
      if (received !== undefined) return;
      received = signal;
      since = performance.now();
      made.abort(new Error(`Stopped by ${signal}.`));
    });
  }
  return made.signal;
}

/** The exit code of a command that was stopped by a signal, as a shell gives it; undefined if none came. */
export function interruptedExitCode(): number | undefined {
  return received === undefined ? undefined : 128 + constants.signals[received];
}

/** Whether an error is nothing but the signal that stopped the command. */
export function isInterruption(error: unknown): boolean {
  return controller?.signal.aborted === true && controller.signal.reason === error;
}
