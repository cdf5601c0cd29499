import { editRequest, removeAnnotations } from '../../core/contract/edit-request.ts';
import { legibleStage, readRequest, type UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import { REQUEST_PATH } from '../../core/contract/paths.ts';
import type { Stage } from '../../core/contract/stage.ts';
import { type Decision, decide, refused } from '../stages/state-machine/decide.ts';
import { isAfterPivot } from '../stages/state-machine/predicates.ts';
import type { AgentContext } from './agent-context.ts';

/**
 * Reads the request, decides and writes what follows for the status.
 *
 * @param booted name of the running stateroot
 * @param blockedBy something else that is at work on the node; only who asks for a stage is told of it
 */
export async function look(agent: AgentContext, booted: string, blockedBy?: string): Promise<Decision> {
  const { host, store, log, blackBox } = agent;
  const answer = await requestNow(agent);
  const before = store.current;
  const decision = await store.decide((status, now) => {
    const facts = { afterPivot: isAfterPivot(status, booted), now };
    if (answer.kind === 'unreadable') return refused(status, answer.stage, answer.error, facts);
    // a node at rest goes on being at rest: that is what the other work builds on
    const isBlocked = blockedBy !== undefined && answer.request !== null && answer.request.stage !== 'Idle';
    return decide(status, answer.request, isBlocked ? { ...facts, blockedBy } : facts);
  });
  const { transition } = decision;
  if (transition.kind === 'accepted' || transition.kind === 'refused') {
    const message =
      transition.kind === 'accepted' ? `Stage ${transition.stage} begins` : `Refused: ${transition.message}`;
    const isNews = JSON.stringify(before.conditions) !== JSON.stringify(store.current.conditions);
    if (isNews) {
      log.info(message);
      await blackBox.record({ kind: 'transition', message });
    }
  }
  if (decision.spentAnnotations.length > 0)
    await editRequest(host, [removeAnnotations(decision.spentAnnotations)]);
  return decision;
}

type Answer =
  | { readonly kind: 'readable'; readonly request: UpgradeRequest | null }
  | { readonly kind: 'unreadable'; readonly stage: Stage | null; readonly error: Error };

async function requestNow({ host }: AgentContext): Promise<Answer> {
  try {
    return { kind: 'readable', request: await readRequest(host) };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { kind: 'unreadable', stage: legibleStage((await host.readText(REQUEST_PATH)) ?? ''), error };
  }
}
