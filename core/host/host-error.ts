import { type ErrorDetails, LcaError } from '../errors/lca-error.ts';

/**
 * - `command-failed`: exit code not among the expected ones, or ended by a signal
 * - `command-timeout`: ended by lca because its time was over
 * - `command-missing`: the program is not installed
 * - `command-aborted`: ended by lca because the caller's signal fired
 * - `not-found`, `not-a-directory`, `no-space`, `read-only`, `io`: a file operation
 * - `escapes-root`: a path that leaves the host's root directory
 * - `output-too-long`: a command printed more than its limit
 */
export type HostErrorCode =
  | 'command-failed'
  | 'command-timeout'
  | 'command-missing'
  | 'command-aborted'
  | 'output-too-long'
  | 'not-found'
  | 'not-a-directory'
  | 'no-space'
  | 'read-only'
  | 'escapes-root'
  | 'io';

export interface HostErrorDetails extends ErrorDetails {
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** A command or a file operation on the machine that did not do what it should. */
export class HostError extends LcaError<HostErrorCode> {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;

  constructor(code: HostErrorCode, message: string, details: HostErrorDetails = {}) {
    super(code, message, details);
    this.exitCode = details.exitCode;
    this.stdout = details.stdout ?? '';
    this.stderr = details.stderr ?? '';
  }
}
