import { JOURNAL_PATH } from '../../core/contract/paths.ts';
import type { Host } from '../../core/host/host.ts';
import { Journal } from '../../core/sequence/journal.ts';
import { undoSequence } from '../../core/sequence/run-sequence.ts';
import { UPGRADE } from '../stages/upgrade/plan.ts';
import { observe } from './run-stage-sequence.ts';
import { stageContextOf } from './stage-context-of.ts';
import type { TaskOptions } from './work.ts';

/**
 * Takes back an Upgrade whose reboot has not come: the boot order first, workloads last. What is on record of it is kept
 * until all is taken back, so that the next try knows what is left.
 *
 * @throws SequenceError `undo-failed`
 */
export async function takeBackUpgrade(options: TaskOptions): Promise<void> {
  const { agent } = options;
  const journal = new Journal(agent.host, JOURNAL_PATH);
  if ((await journal.keyOf(UPGRADE.name)) === undefined) return;
  await undoSequence(UPGRADE, stageContextOf(options), {
    journal,
    observe: (event) => observe(agent, event),
  });
  await journal.close(UPGRADE.name);
}

/** Nothing of an Upgrade is left to be taken back: the old system was booted anew since. */
export async function forgetUpgrade(host: Host): Promise<void> {
  await new Journal(host, JOURNAL_PATH).close(UPGRADE.name);
}
