import { messageOf } from '../../core/errors/lca-error.ts';
import { findFailedAttempt, settleFailedAttempt } from '../pivot/conclude.ts';
import { rolledBack } from '../stages/state-machine/outcomes.ts';
import type { AgentContext } from './agent-context.ts';

/**
 * What an agent that comes up has to settle before it looks at the request: an attempt at a new stateroot that ended
 * here, in the old one. The status is written before the record is put aside, so that a crash in between tells the
 * same story again.
 */
export async function recover(agent: AgentContext): Promise<void> {
  const { host, store, blackBox, log } = agent;
  try {
    const attempt = await findFailedAttempt(host, blackBox);
    if (attempt === undefined) return;
    log.error({ step: attempt.failure.step }, attempt.failure.reason);
    await store.update((status, now) =>
      rolledBack(status, attempt.failure, attempt.pivot.timeoutSeconds, now),
    );
    await settleFailedAttempt(host, attempt);
  } catch (error) {
    // whatever it was: an agent that does not come up helps nobody
    log.error(messageOf(error));
    await blackBox.record({
      kind: 'failure',
      message: `Could not settle the last attempt: ${messageOf(error)}`,
    });
  }
}
