import { messageOf } from '../errors/lca-error.ts';
import type { Journal } from './journal.ts';
import { SequenceError } from './sequence-error.ts';
import type { CheckAnswer, Sequence, Step } from './step.ts';

/** One thing that happened in a run, for progress lines, the status and the black box. */
export interface SequenceEvent {
  readonly sequence: string;
  readonly step: string;
  /** Position of the step, from 1. */
  readonly index: number;
  readonly total: number;
  readonly kind: 'skipped' | 'started' | 'done' | 'failed' | 'undone' | 'undo-failed';
  /** Why (skipped), or what went wrong. */
  readonly because?: string;
  /** Time the step took, for `done`, `failed`, `undone`. */
  readonly seconds?: number;
}

export interface SequenceRun {
  readonly journal: Journal;
  /** What the run is for; a journal record of another key is not continued. */
  readonly key: string;
  readonly observe: (event: SequenceEvent) => void | Promise<void>;
  /** Stops the run before its next step (`interrupted`); steps may watch it too. */
  readonly signal?: AbortSignal;
  /** Take applied steps back when one fails; default true. An interrupted run is never taken back. */
  readonly undoOnFailure?: boolean;
}

/**
 * Runs a sequence: for each step, look first; skip it if its effect is there, else journal `applying`, apply, look
 * again, journal `applied`. When a step fails, the steps applied so far are taken back in reverse order where they
 * say how. A run that was killed is simply run again.
 *
 * @throws SequenceError naming the step; its cause is the step's own error
 */
export async function runSequence<Context>(
  sequence: Sequence<Context>,
  context: Context,
  run: SequenceRun,
): Promise<void> {
  await run.journal.open(sequence.name, run.key);
  for (const [position, step] of sequence.steps.entries()) {
    if (run.signal?.aborted) throw interrupted(sequence, step, run.signal.reason);
    const at = {
      sequence: sequence.name,
      step: step.name,
      index: position + 1,
      total: sequence.steps.length,
    };
    const started = performance.now();
    try {
      await runStep(sequence, step, context, run, at);
    } catch (error) {
      if (run.signal?.aborted) throw interrupted(sequence, step, error);
      const seconds = (performance.now() - started) / 1000;
      await run.observe({ ...at, kind: 'failed', because: messageOf(error), seconds });
      if (run.undoOnFailure ?? true) await undoSequence(sequence, context, run);
      throw error instanceof SequenceError && error.code !== 'undo-failed'
        ? error
        : new SequenceError('step-failed', messageOf(error), {
            sequence: sequence.name,
            step: step.name,
            cause: error,
          });
    }
  }
}

async function runStep<Context>(
  sequence: Sequence<Context>,
  step: Step<Context>,
  context: Context,
  run: SequenceRun,
  at: Pick<SequenceEvent, 'sequence' | 'step' | 'index' | 'total'>,
): Promise<void> {
  const before = await step.check(context);
  if (before.done) {
    await run.observe({ ...at, kind: 'skipped', because: before.because });
    return;
  }
  await run.observe({ ...at, kind: 'started', because: before.because });
  const started = performance.now();
  await run.journal.mark(sequence.name, step.name, 'applying');
  await step.apply(context);
  const after = await step.check(context);
  if (!after.done) {
    throw new SequenceError(
      'step-without-effect',
      `Step ${step.name} of ${sequence.name} ran, but had no effect: ${after.because}.`,
      { sequence: sequence.name, step: step.name },
    );
  }
  await run.journal.mark(sequence.name, step.name, 'applied');
  await run.observe({ ...at, kind: 'done', seconds: (performance.now() - started) / 1000 });
}

/**
 * Takes back, last first, every step that the journal knows as applying or applied. All are tried; what fails is
 * reported as an event, and the first such error is thrown at the end.
 */
export async function undoSequence<Context>(
  sequence: Sequence<Context>,
  context: Context,
  run: Pick<SequenceRun, 'journal' | 'observe'>,
): Promise<void> {
  const states = await run.journal.states(sequence.name);
  let first: SequenceError | undefined;
  for (const [position, step] of [...sequence.steps.entries()].toReversed()) {
    const state = states.get(step.name);
    if (step.undo === undefined || state === undefined || state === 'undone') continue;
    const at = {
      sequence: sequence.name,
      step: step.name,
      index: position + 1,
      total: sequence.steps.length,
    };
    try {
      await step.undo(context);
      await run.journal.mark(sequence.name, step.name, 'undone');
      await run.observe({ ...at, kind: 'undone' });
    } catch (error) {
      await run.observe({ ...at, kind: 'undo-failed', because: messageOf(error) });
      first ??= new SequenceError(
        'undo-failed',
        `Step ${step.name} of ${sequence.name} could not be taken back: ${messageOf(error)}`,
        { sequence: sequence.name, step: step.name, cause: error },
      );
    }
  }
  if (first) throw first;
}

/** A step and its check's answer: what `--dry-run` and `lca plan` show. Changes nothing. */
export interface PlannedStep {
  readonly name: string;
  readonly summary: string;
  /** Undefined where an earlier, not yet applied step is needed to tell. */
  readonly answer: CheckAnswer | undefined;
  readonly error?: unknown;
}

/** Asks every step's check, in order, without applying anything. */
export async function planSequence<Context>(
  sequence: Sequence<Context>,
  context: Context,
): Promise<readonly PlannedStep[]> {
  const planned: PlannedStep[] = [];
  for (const step of sequence.steps) {
    const { name, summary } = step;
    try {
      planned.push({ name, summary, answer: await step.check(context) });
    } catch (error) {
      planned.push({ name, summary, answer: undefined, error });
    }
  }
  return planned;
}

function interrupted<Context>(
  sequence: Sequence<Context>,
  step: Step<Context>,
  cause: unknown,
): SequenceError {
  return new SequenceError('interrupted', `Sequence ${sequence.name} was stopped at step ${step.name}.`, {
    sequence: sequence.name,
    step: step.name,
    cause,
  });
}
