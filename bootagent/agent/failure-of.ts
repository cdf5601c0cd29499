import { messageOf, remedyOf } from '../../core/errors/lca-error.ts';
import { HostError } from '../../core/host/host-error.ts';
import { SequenceError } from '../../core/sequence/sequence-error.ts';
import type { Failure } from '../stages/state-machine/outcomes.ts';

const SHOWN_LINES = 12;

/** An error of a sequence as the status tells it: step, sentence, what shows it, what can be done. */
export function failureOf(error: unknown): Failure {
  return {
    step: error instanceof SequenceError ? error.step : 'none',
    message: messageOf(error),
    evidence: evidenceOf(error),
    remedy: remedyOf(error) ?? null,
  };
}

/** Sentences of the causes, and the last lines of what a failed command printed. */
function evidenceOf(error: unknown): readonly string[] {
  const lines: string[] = [];
  const said = messageOf(error);
  for (let e = error instanceof Error ? error.cause : undefined; e instanceof Error; e = e.cause) {
    if (e instanceof HostError) {
      const output = e.stderr.trim() === '' ? e.stdout : e.stderr;
      lines.push(...output.trim().split('\n').slice(-SHOWN_LINES));
    } else if (!said.includes(e.message)) {
      lines.push(e.message.split('\n')[0] as string);
    }
  }
  return [...new Set(lines.filter((line) => line.trim() !== ''))].slice(-SHOWN_LINES);
}
