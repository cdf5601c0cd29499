import { ROLLBACK } from '../stages/rollback/plan.ts';
import { StageError } from '../stages/stage-error.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { failed, rollbackCompleted, saying } from '../stages/state-machine/outcomes.ts';
import { failureOf } from './failure-of.ts';
import { leave } from './leave.ts';
import { runStageSequence } from './run-stage-sequence.ts';
import { stageContextOf } from './stage-context-of.ts';
import { forgetUpgrade } from './take-back-upgrade.ts';
import type { TaskOptions } from './work.ts';
import { withWritableSystem } from './writable-system.ts';

/** In the new stateroot, at the user's wish: hands back to the old one and reboots into it. */
export async function rollBack(options: TaskOptions): Promise<void> {
  const { agent, request, signal } = options;
  const { host, store } = agent;
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
    await leave(agent, 'System will now reboot for rollback', signal);
  } catch (error) {
    if (signal.aborted) throw error;
    await store.update((status, now) => failed(status, 'Rollback', failureOf(error), now));
  }
}

/** Back in the old stateroot: nothing is left to do, not of the upgrade that once led away from here either. */
export async function endRollback({ agent }: TaskOptions): Promise<void> {
  await agent.blackBox.record({ kind: 'pivot', message: 'The old stateroot is booted again' });
  await forgetUpgrade(agent.host);
  await agent.store.update(rollbackCompleted);
}
