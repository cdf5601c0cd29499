import type { Step } from '../../../../core/sequence/step.ts';
import { backUpInWaves } from '../../../backup/back-up-in-waves.ts';
import { checkBackupContent } from '../../../backup/check-content.ts';
import { readMadeBackups, writeMadeBackups } from '../../../backup/made-backups.ts';
import { nodeId } from '../../../backup/node-id.ts';
import { DirectoryStore } from '../../../backup/store/directory-store.ts';
import type { StageContext } from '../../stage-context.ts';
import { MESSAGES } from '../../state-machine/messages.ts';

/** Stores the data of all Backups, at rest, where both systems can read it. */
export const backUp: Step<StageContext> = {
  name: 'back-up',
  summary: 'Back up application data',

  async check({ host, request }) {
    if (request.oadpContent.length === 0) return { done: true, because: 'spec.oadpContent is empty' };
    const made = await readMadeBackups(host, request.specHash);
    const count = Object.keys(made ?? {}).length;
    return {
      done: made !== undefined,
      because: made === undefined ? 'backups have not been made yet' : `${count} backups have been made`,
    };
  },

  async apply({ host, request, report, signal }) {
    await report(MESSAGES.upgrade.backingUp);
    const content = await checkBackupContent(host, request);
    const store = new DirectoryStore(host);
    const made = await backUpInWaves({ host, store, report, signal, nodeId: await nodeId(host) }, content);
    await writeMadeBackups(host, request.specHash, made);
  },
};
