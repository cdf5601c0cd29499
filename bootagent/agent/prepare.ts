import { VALIDATION_WARNING } from '../../core/contract/annotations.ts';
import { readRequest, seedImageRefOf } from '../../core/contract/image-based-upgrade.ts';
import { readSysroot } from '../../core/sysroot/sysroot.ts';
import { nodeBootloader } from '../pivot/bootloader/index.ts';
import { checkOtherVersion } from '../stages/prep/fit.ts';
import { PRECACHE_STEP, PREP } from '../stages/prep/plan.ts';
import { precacheCounts } from '../stages/prep/steps/precache-images.ts';
import { completePhase, startPhase } from '../stages/state-machine/history.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { failed, prepCompleted, saying } from '../stages/state-machine/outcomes.ts';
import { staterootName } from '../stages/stateroot-name.ts';
import type { AgentContext } from './agent-context.ts';
import { failureOf } from './failure-of.ts';
import { runStageSequence } from './run-stage-sequence.ts';
import { stageContextOf } from './stage-context-of.ts';
import type { TaskOptions } from './work.ts';
import { withWritableSystem } from './writable-system.ts';

/** Carries out Prep, or goes on with one that was cut off. */
export async function prepare(options: TaskOptions): Promise<void> {
  const { agent, request, signal } = options;
  const { host, store } = agent;
  const seed = seedImageRefOf(request);
  try {
    const original = (await readSysroot(host)).booted.stateroot;
    // before anything is noted: with one name for both sides nobody could tell them apart again
    checkOtherVersion(original, seed.version);
    const next = staterootName(original, seed.version);
    await store.update((status, now) =>
      startPhase(
        { ...status, lca: { ...status.lca, stateroots: { original, new: next } } },
        'Prep',
        'Stateroot',
        now,
      ),
    );
    await warnWithoutFallback(agent);
    const context = stageContextOf(options);
    await withWritableSystem(host, () =>
      runStageSequence(
        agent,
        PREP,
        { ...context, report: (text) => tell(agent, text, context.report) },
        {
          key: `${seed.image} ${seed.version}`,
          signal,
          undoOnFailure: false, // kept for the next attempt, or removed on the way to Idle
        },
      ),
    );
    const counts = await precacheCounts(host);
    // set by the examination; a file that has become unreadable meanwhile is told of elsewhere
    const asked = await readRequest(host).catch(() => null);
    const doubtful = asked !== null && VALIDATION_WARNING in asked.annotations;
    await store.update((status, now) =>
      prepCompleted(
        status,
        doubtful
          ? MESSAGES.prep.completedWithWarning
          : counts === undefined
            ? MESSAGES.prep.completed
            : `Prep completed: ${counts}`,
        now,
      ),
    );
  } catch (error) {
    if (signal.aborted) throw error;
    await store.update((status, now) => failed(status, 'Prep', failureOf(error), now));
  }
}

/** Progress goes to the status's own part and, as the documentation shows it, into the condition. */
async function tell(
  agent: AgentContext,
  text: string,
  report: (text: string) => Promise<void>,
): Promise<void> {
  await report(text);
  const { progress } = agent.store.current.lca;
  await agent.store.update((status, now) => {
    const told = saying(status, 'Prep', text, now);
    if (progress?.step !== PRECACHE_STEP) return told;
    return startPhase(completePhase(told, 'Prep', 'Stateroot', now), 'Prep', 'Precache', now);
  });
}

/** Says in time that only software could bring this node back. */
async function warnWithoutFallback({ host, blackBox, log }: AgentContext): Promise<void> {
  const { bootloader, probe } = await nodeBootloader(host);
  const message = probe.possible
    ? `pre-OS fallback: armed at the pivot by ${bootloader?.name} (${probe.how})`
    : `pre-OS fallback: not possible, because ${probe.because}; the new stateroot will be the default from the pivot on`;
  if (probe.possible) log.info(message);
  else log.warn(message);
  await blackBox.record({ kind: 'decision', message });
}
