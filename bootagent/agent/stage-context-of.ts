import type { StageContext } from '../stages/stage-context.ts';
import { report } from './run-stage-sequence.ts';
import type { TaskOptions } from './work.ts';

/** The stages' context, with the agent behind it. */
export function stageContextOf({ agent, request, signal }: TaskOptions): StageContext {
  return {
    host: agent.host,
    request,
    signal,
    report: (message) => report(agent, message),
    note: (kind, message) => agent.blackBox.record({ kind, message }),
  };
}
