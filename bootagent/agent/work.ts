import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import type { Work } from '../stages/state-machine/decide.ts';
import type { AgentContext } from './agent-context.ts';

/** Work that takes time; the rest of `Work` is waiting. */
export type Task = Exclude<Work, 'rest' | 'await-manual-cleanup'>;

export interface TaskOptions {
  readonly agent: AgentContext;
  readonly request: UpgradeRequest;
  readonly signal: AbortSignal;
}

/**
 * Who does what. A missing entry does not compile. Each writes its outcome into the status and throws only if stopped.
 * Loaded when there is something to do, which is twice in a node's year: an agent at rest holds none of it.
 */
const TASKS: Readonly<Record<Task, (options: TaskOptions) => Promise<void>>> = {
  prep: async (options) => (await import('./prepare.ts')).prepare(options),
  'upgrade-before-pivot': async (options) => (await import('./upgrade.ts')).upgrade(options),
  'upgrade-after-pivot': async (options) => (await import('./complete-upgrade.ts')).completeUpgrade(options),
  'rollback-before-reboot': async (options) => (await import('./roll-back.ts')).rollBack(options),
  'rollback-after-reboot': async (options) => (await import('./roll-back.ts')).endRollback(options),
  abort: async (options) => (await import('./clean-up.ts')).cleanUp(options, 'abort'),
  finalize: async (options) => (await import('./clean-up.ts')).cleanUp(options, 'finalize'),
};

export function isTask(work: Work): work is Task {
  return work in TASKS;
}

export function runTask(task: Task, options: TaskOptions): Promise<void> {
  return TASKS[task](options);
}
