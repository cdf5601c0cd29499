import { CommanderError } from 'commander';
import { type ErrorDetails, LcaError } from '../core/errors/lca-error.ts';

/** What every lca command's exit code means. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  timedOut: 4,
  tryAgain: 75,
} as const;

export type Ending = keyof typeof EXIT;

/** The lines of the EXIT STATUS section. */
export const EXIT_STATUS: Readonly<Record<Ending, string>> = {
  ok: 'Done.',
  failed: 'Failed; the message says at what and why.',
  usage: 'Wrong arguments, or a file that cannot be used as it is.',
  refused: 'Not possible in the state the node is in; nothing was changed.',
  timedOut: 'Not finished within the given time.',
  tryAgain: 'Something else is at work just now; try again later.',
};

/** An error of which the command line itself knows how the command ends. */
export class CommandError extends LcaError<Ending> {
  constructor(ending: Exclude<Ending, 'ok'>, message: string, details: ErrorDetails = {}) {
    super(ending, message, details);
  }
}

/** How errors of other rooms end a command, by class and code. Anything else has failed. */
const ENDINGS: Readonly<Record<string, Ending>> = {
  'BuilderError busy': 'tryAgain',
  ContractError: 'usage',
  'ContractError changing': 'tryAgain',
  TransitionError: 'refused',
  'HostError command-timeout': 'timedOut',
};

/** The exit code for a thrown value. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CommandError) return EXIT[error.code];
  if (!(error instanceof LcaError)) return EXIT.failed;
  return EXIT[ENDINGS[`${error.name} ${error.code}`] ?? ENDINGS[error.name] ?? 'failed'];
}
