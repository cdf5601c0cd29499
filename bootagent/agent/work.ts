import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import type { Work } from '../stages/state-machine/decide.ts';
import type { AgentContext } from './agent-context.ts';
import { cleanUp } from './clean-up.ts';
import { completeUpgrade } from './complete-upgrade.ts';
import { prepare } from './prepare.ts';
import { endRollback, rollBack } from './roll-back.ts';
import { upgrade } from './upgrade.ts';

/** Work that takes time; the rest of `Work` is waiting. */
export type Task = Exclude<Work, 'rest' | 'await-manual-cleanup'>;

export interface TaskOptions {
  readonly agent: AgentContext;
  readonly request: UpgradeRequest;
  readonly signal: AbortSignal;
}

/** Who does what. A missing entry does not compile. Each writes its outcome into the status and throws only if stopped. */
const TASKS: Readonly<Record<Task, (options: TaskOptions) => Promise<void>>> = {
  prep: prepare,
  'upgrade-before-pivot': upgrade,
  'upgrade-after-pivot': completeUpgrade,
  'rollback-before-reboot': rollBack,
  'rollback-after-reboot': endRollback,
  abort: (options) => cleanUp(options, 'abort'),
  finalize: (options) => cleanUp(options, 'finalize'),
};

export function isTask(work: Work): work is Task {
  return work in TASKS;
}

export function runTask(task: Task, options: TaskOptions): Promise<void> {
  return TASKS[task](options);
}
