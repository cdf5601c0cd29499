import { ContractError } from '../../../../core/contract/contract-error.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { BackupError } from '../../../backup/backup-error.ts';
import { readBegunBackups } from '../../../backup/begun-backups.ts';
import { type BackupTask, backupEngine } from '../../../backup/engine.ts';
import type { StageContext } from '../../stage-context.ts';

/** What is to be backed up is still there, and can be restored in the new system. Prep has looked too, but time has gone by. */
export const checkBackups: Step<StageContext> = {
  name: 'check-backups',
  summary: 'Check that backups can be made and restored',

  async check(context) {
    if (context.request.oadpContent.length === 0) return { done: true, because: 'spec.oadpContent is empty' };
    try {
      await look(context);
      return { done: true, because: 'backups can be made and restored' };
    } catch (error) {
      if (error instanceof BackupError || error instanceof ContractError)
        return { done: false, because: error.message };
      throw error;
    }
  },

  apply: look,
};

async function look({
  host,
  request,
  signal,
}: Pick<BackupTask, 'host' | 'request' | 'signal'>): Promise<void> {
  const engine = await backupEngine(host, request);
  await engine.checkPlaces({ host, request });
  // an interrupted Upgrade goes on, and the cluster may have been stopped since
  if ((await readBegunBackups(host, request.specHash)) === undefined)
    await engine.check({ host, request, signal });
}
