import { requestReboot } from '../../core/tools/systemctl.ts';
import { ROLLBACK } from '../stages/rollback/plan.ts';
import { StageError } from '../stages/stage-error.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { failed, rollbackCompleted, saying } from '../stages/state-machine/outcomes.ts';
import { failureOf } from './failure-of.ts';
import { runStageSequence } from './run-stage-sequence.ts';
import { stageContextOf } from './stage-context-of.ts';
import type { TaskOptions } from './work.ts';
import { withWritableSystem } from './writable-system.ts';

const SHUTDOWN_MS = 15 * 60_000;

/** In the new stateroot, at the user's wish: hands back to the old one and reboots into it. */
export async function rollBack(options: TaskOptions): Promise<void> {
  const { agent, request, signal } = options;
  const { host, store, blackBox } = agent;
  try {
    const original = store.current.lca.stateroots?.original;
    if (original === undefined) {
      throw new StageError('not-prepared', 'It is not on record which stateroot to roll back to.');
    }
    await store.update((status, now) => saying(status, 'Rollback', MESSAGES.rollback.initiating, now));
    await withWritableSystem(host, () =>
      runStageSequence(
        agent,
        ROLLBACK,
        { ...stageContextOf(options), original, status: () => store.current },
        { key: request.specHash, signal },
      ),
    );
    await blackBox.record({ kind: 'pivot', message: 'System will now reboot for rollback' });
    await requestReboot(host);
    await host.sleep(SHUTDOWN_MS, signal);
    throw new StageError('not-prepared', 'The node did not reboot: its shutdown has not begun or hangs.');
  } catch (error) {
    if (signal.aborted) throw error;
    await store.update((status, now) => failed(status, 'Rollback', failureOf(error), now));
  }
}

/** Back in the old stateroot: nothing is left to do but to say so. */
export async function endRollback({ agent }: TaskOptions): Promise<void> {
  await agent.blackBox.record({ kind: 'pivot', message: 'The old stateroot is booted again' });
  await agent.store.update(rollbackCompleted);
}
