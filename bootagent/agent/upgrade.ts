import { EVENTS_PATH, STATUS_PATH } from '../../core/contract/paths.ts';
import { writeStatus } from '../../core/contract/status.ts';
import { copyTree } from '../../core/tools/copy.ts';
import { inStateroot } from '../pivot/record.ts';
import { preparedSeed } from '../stages/prep/prepared-seed.ts';
import { completePhase, startPhase } from '../stages/state-machine/history.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { failed, saying, withProgress } from '../stages/state-machine/outcomes.ts';
import { UPGRADE } from '../stages/upgrade/plan.ts';
import type { AgentContext } from './agent-context.ts';
import { failureOf } from './failure-of.ts';
import { leave } from './leave.ts';
import { runStageSequence } from './run-stage-sequence.ts';
import { stageContextOf } from './stage-context-of.ts';
import type { TaskOptions } from './work.ts';
import { withWritableSystem } from './writable-system.ts';

/** Upgrade up to the reboot. If a step fails, everything is taken back and the node goes on as it was. */
export async function upgrade(options: TaskOptions): Promise<void> {
  const { agent, request, signal } = options;
  const { host, store } = agent;
  try {
    await store.update((status, now) => startPhase(status, 'Upgrade', 'PrePivot', now));
    const context = stageContextOf(options);
    const say = (text: string) => store.update((status, now) => saying(status, 'Upgrade', text, now));
    await withWritableSystem(host, () =>
      runStageSequence(
        agent,
        UPGRADE,
        {
          ...context,
          report: async (text) => Promise.all([context.report(text), say(text)]).then(() => undefined),
        },
        { key: request.specHash, signal },
      ),
    );
    await say(MESSAGES.inProgress);
    await store.update((status, now) =>
      withProgress(completePhase(status, 'Upgrade', 'PrePivot', now), null),
    );
    await withWritableSystem(host, () => tellNewStateroot(agent));
    await leave(agent, 'System will now reboot for upgrade', signal);
  } catch (error) {
    if (signal.aborted) throw error;
    await store.update((status, now) => failed(status, 'Upgrade', failureOf(error), now));
  }
}

/** The new stateroot's agent goes on from the status, and tells on in the story, as they are at the pivot. */
async function tellNewStateroot({ host, store }: AgentContext): Promise<void> {
  const { stateroot } = await preparedSeed(host);
  await copyTree(host, EVENTS_PATH, inStateroot(stateroot, EVENTS_PATH));
  await writeStatus(host, store.current, inStateroot(stateroot, STATUS_PATH));
}
