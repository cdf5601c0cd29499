import { EVENTS_PATH, JOURNAL_PATH, STATUS_PATH } from '../../core/contract/paths.ts';
import { writeStatus } from '../../core/contract/status.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import { Journal } from '../../core/sequence/journal.ts';
import { copyTree } from '../../core/tools/copy.ts';
import { inStateroot } from '../pivot/record.ts';
import { preparedSeed } from '../stages/prep/prepared-seed.ts';
import type { StageContext } from '../stages/stage-context.ts';
import { completePhase, startPhase } from '../stages/state-machine/history.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { type Failure, failed, saying, withProgress } from '../stages/state-machine/outcomes.ts';
import { UPGRADE } from '../stages/upgrade/plan.ts';
import { arm } from '../stages/upgrade/steps/arm.ts';
import { recordAttempt } from '../stages/upgrade/steps/record-attempt.ts';
import type { AgentContext } from './agent-context.ts';
import { failureOf } from './failure-of.ts';
import { leave } from './leave.ts';
import { runStageSequence } from './run-stage-sequence.ts';
import { stageContextOf } from './stage-context-of.ts';
import { takeBackUpgrade } from './take-back-upgrade.ts';
import type { TaskOptions } from './work.ts';
import { withWritableSystem } from './writable-system.ts';

/**
 * Upgrade up to the reboot. Whatever fails before the node goes down, the reboot itself included, everything is taken
 * back and the node goes on as it was. A reboot that was asked for in vain and comes all the same finds nothing armed.
 */
export async function upgrade(options: TaskOptions): Promise<void> {
  const { agent, signal } = options;
  const { host, store } = agent;
  try {
    await store.update((status, now) => startPhase(status, 'Upgrade', 'PrePivot', now));
    await untilArmed(options);
    await say(agent, MESSAGES.inProgress);
    await store.update((status, now) =>
      withProgress(completePhase(status, 'Upgrade', 'PrePivot', now), null),
    );
    await withWritableSystem(host, () => tellNewStateroot(agent));
    await leave(agent, 'System will now reboot for upgrade', signal);
  } catch (error) {
    if (signal.aborted) throw error;
    const failure = await takenBack(options, failureOf(error));
    await store.update((status, now) => failed(status, 'Upgrade', failure, now));
  }
}

/** Runs the sequence. Its record stays open: until the node has gone down there is something to take back. */
async function untilArmed(options: TaskOptions): Promise<void> {
  const { agent, request, signal } = options;
  const context = stageContextOf(options);
  if (await isArmed(options, context)) return;
  const report = async (text: string): Promise<void> => {
    await Promise.all([context.report(text), say(agent, text)]);
  };
  await withWritableSystem(agent.host, () =>
    runStageSequence(
      agent,
      UPGRADE,
      { ...context, report },
      { key: request.specHash, signal, undoOnFailure: false, staysOpen: true },
    ),
  );
}

/**
 * Whether an agent that was stopped, or killed, between arming and the reboot only has to go on to the reboot. To begin
 * again would fail at once: the node is no longer well, its workloads have been stopped.
 */
async function isArmed({ agent, request }: TaskOptions, context: StageContext): Promise<boolean> {
  const journal = new Journal(agent.host, JOURNAL_PATH);
  if ((await journal.keyOf(UPGRADE.name)) !== request.specHash) return false;
  if ((await journal.states(UPGRADE.name)).get(arm.name) !== 'applied') return false;
  return (await recordAttempt.check(context)).done && (await arm.check(context)).done;
}

/** Takes everything back; what cannot be is told with the failure. */
async function takenBack(options: TaskOptions, failure: Failure): Promise<Failure> {
  try {
    await withWritableSystem(options.agent.host, () => takeBackUpgrade(options));
    return failure;
  } catch (error) {
    return {
      ...failure,
      message: `${failure.message}\n${messageOf(error)}`,
      remedy: 'Remove the cause, then go to Idle, which takes back what is left.',
    };
  }
}

function say({ store }: AgentContext, text: string): Promise<void> {
  return store.update((status, now) => saying(status, 'Upgrade', text, now));
}

/** The new stateroot's agent goes on from the status, and tells on in the story, as they are at the pivot. */
async function tellNewStateroot({ host, store }: AgentContext): Promise<void> {
  const { stateroot } = await preparedSeed(host);
  await copyTree(host, EVENTS_PATH, inStateroot(stateroot, EVENTS_PATH));
  await writeStatus(host, store.current, inStateroot(stateroot, STATUS_PATH));
}
