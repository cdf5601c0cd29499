/** What every lca error carries besides its sentence. */
export interface ErrorDetails {
  /** The error underneath, kept as it was thrown. */
  readonly cause?: unknown;
  /** What the user can do about it: one sentence, a command where there is one. */
  readonly remedy?: string;
}

/**
 * Base of all errors lca throws on purpose. Each area derives one class with a closed union of codes, so that
 * callers can switch over `code` and the compiler sees a missing case.
 *
 * A message is one sentence naming the thing and its path; it never holds a secret.
 */
export abstract class LcaError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly remedy: string | undefined;

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.remedy = details.remedy;
  }
}

/** The message of anything thrown: an `Error`'s message, or the value as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Causes may go in a circle. */
const MOST_CAUSES = 20;

/** The first remedy found on an error or along its causes. */
export function remedyOf(error: unknown): string | undefined {
  let e = error;
  for (let depth = 0; e instanceof Error && depth < MOST_CAUSES; depth += 1, e = e.cause) {
    if (e instanceof LcaError && e.remedy !== undefined) return e.remedy;
  }
  return undefined;
}
