import type { Step } from '../../../../core/sequence/step.ts';
import { backupEngine } from '../../../backup/engine.ts';
import type { StageContext } from '../../stage-context.ts';
import { MESSAGES } from '../../state-machine/messages.ts';

/** Stores the data of all Backups, at rest, where both systems can read it. */
export const backUp: Step<StageContext> = {
  name: 'back-up',
  summary: 'Back up application data',

  async check({ host, request }) {
    if (request.oadpContent.length === 0) return { done: true, because: 'spec.oadpContent is empty' };
    return (await backupEngine(host, request)).isMade({ host, request });
  },

  async apply({ host, request, report, signal }) {
    await report(MESSAGES.upgrade.backingUp);
    await (await backupEngine(host, request)).make({ host, request, report, signal });
  },
};
