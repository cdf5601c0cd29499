import { readPivot } from '../../core/contract/pivot.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import { findFailedAttempt, settleFailedAttempt } from '../pivot/conclude.ts';
import { setCondition } from '../stages/state-machine/conditions.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { rolledBack } from '../stages/state-machine/outcomes.ts';
import type { AgentContext } from './agent-context.ts';
import { forgetUpgrade } from './take-back-upgrade.ts';

/**
 * What an agent that comes up has to settle before it looks at the request: an attempt at a new stateroot that ended
 * here, in the old one. The status is written before the record is put aside, so that a crash in between tells the
 * same story again.
 */
export async function recover(agent: AgentContext): Promise<void> {
  const { host, store, blackBox, log } = agent;
  await recallAttempt(agent).catch((error: unknown) => log.error(messageOf(error)));
  try {
    const attempt = await findFailedAttempt(host, blackBox);
    if (attempt === undefined) return;
    log.error({ step: attempt.failure.step }, attempt.failure.reason);
    await store.update((status, now) =>
      rolledBack(status, attempt.failure, attempt.pivot.timeoutSeconds, now),
    );
    // what it had stopped has been started, or not, by the boot: nothing of it is left to be taken back
    await forgetUpgrade(host);
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

/** A status that was lost while an attempt is open is put together from the attempt's record: its stateroots, and that it is under way. */
async function recallAttempt({ host, store, blackBox }: AgentContext): Promise<void> {
  const { pivot } = await readPivot(host);
  if (pivot === null || store.current.lca.stateroots !== null) return;
  const stateroots = { original: pivot.old.stateroot, new: pivot.new.stateroot };
  await store.update((status, now) =>
    setCondition(
      { ...status, lca: { ...status.lca, stateroots } },
      'UpgradeInProgress',
      { status: 'True', reason: 'InProgress', message: MESSAGES.inProgress },
      now,
    ),
  );
  await blackBox.record({
    kind: 'decision',
    message: 'The status was lost; it is recalled from the attempt on record',
  });
}
