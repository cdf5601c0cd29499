import { type ErrorDetails, LcaError } from '../errors/lca-error.ts';

/**
 * - `step-failed`: a step threw; the cause is its error
 * - `step-without-effect`: a step ended well, but its check still says "not done"
 * - `interrupted`: the caller asked to stop between two steps
 * - `undo-failed`: taking steps back failed too; the cause is the first such error
 */
export type SequenceErrorCode = 'step-failed' | 'step-without-effect' | 'interrupted' | 'undo-failed';

export interface SequenceErrorDetails extends ErrorDetails {
  readonly sequence: string;
  readonly step: string;
}

/** A sequence that did not come to its end, and at which step. */
export class SequenceError extends LcaError<SequenceErrorCode> {
  readonly sequence: string;
  readonly step: string;

  constructor(code: SequenceErrorCode, message: string, details: SequenceErrorDetails) {
    super(code, message, details);
    this.sequence = details.sequence;
    this.step = details.step;
  }
}
