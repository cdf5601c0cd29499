import { JOURNAL_PATH } from '../../core/contract/paths.ts';
import { Journal } from '../../core/sequence/journal.ts';
import { progressLine } from '../../core/sequence/progress-line.ts';
import { runSequence, type SequenceEvent } from '../../core/sequence/run-sequence.ts';
import type { Sequence } from '../../core/sequence/step.ts';
import { withProgress } from '../stages/state-machine/outcomes.ts';
import type { AgentContext } from './agent-context.ts';

/**
 * Runs a stage's sequence with everything the agent adds to it: the journal, a line in the black box and the log for
 * each step, and the progress in the status.
 *
 * @param options `key`: what the run is for; a journal of another key is not continued. `staysOpen`: what was applied
 *   is still known after the last step, for who may have to take it back
 */
export async function runStageSequence<Context>(
  agent: AgentContext,
  sequence: Sequence<Context>,
  context: Context,
  options: {
    readonly key: string;
    readonly signal: AbortSignal;
    readonly undoOnFailure?: boolean;
    readonly staysOpen?: boolean;
  },
): Promise<void> {
  const journal = new Journal(agent.host, JOURNAL_PATH);
  await runSequence(sequence, context, {
    ...options,
    journal,
    observe: (event) => observe(agent, event),
  });
  if (!options.staysOpen) await journal.close(sequence.name);
}

/** Tells the black box, the log and the status of a step. */
export async function observe(agent: AgentContext, event: SequenceEvent): Promise<void> {
  const message = progressLine(event);
  agent.log.info({ sequence: event.sequence, step: event.step, kind: event.kind }, message);
  await agent.blackBox.record({
    kind: 'step',
    sequence: event.sequence,
    step: event.step,
    message,
    data: { index: event.index, total: event.total, kind: event.kind },
  });
  if (event.kind !== 'started') return;
  await agent.store.update((status, now) =>
    withProgress(status, {
      sequence: event.sequence,
      step: event.step,
      index: event.index,
      total: event.total,
      message: 'started',
      startedAt: now.toISOString(),
    }),
  );
}

/** Says in the status what the running step is doing. */
export async function report(agent: AgentContext, message: string): Promise<void> {
  await agent.store.update((status) => {
    const { progress } = status.lca;
    return progress === null ? status : withProgress(status, { ...progress, message });
  });
}
