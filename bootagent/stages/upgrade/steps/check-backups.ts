import { ContractError } from '../../../../core/contract/contract-error.ts';
import type { Host } from '../../../../core/host/host.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { BackupError } from '../../../backup/backup-error.ts';
import { backupBytes, checkBackupContent } from '../../../backup/check-content.ts';
import { readMadeBackups } from '../../../backup/made-backups.ts';
import { checkBackupSpace, checkTargets } from '../../../backup/targets.ts';
import { newSystem } from '../../prep/new-system.ts';
import type { StageContext } from '../../stage-context.ts';

/** What is to be backed up is still there, and can be restored in the new system. Prep has looked too, but time has gone by. */
export const checkBackups: Step<StageContext> = {
  name: 'check-backups',
  summary: 'Check that backups can be made and restored',

  async check({ host, request }) {
    if (request.oadpContent.length === 0) return { done: true, because: 'spec.oadpContent is empty' };
    try {
      await look(host, request);
      return { done: true, because: 'backups can be made and restored' };
    } catch (error) {
      if (error instanceof BackupError || error instanceof ContractError)
        return { done: false, because: error.message };
      throw error;
    }
  },

  async apply({ host, request }) {
    await look(host, request);
  },
};

async function look(host: Host, request: StageContext['request']): Promise<void> {
  const content = await checkBackupContent(host, request);
  await checkTargets(host, await newSystem(host), content);
  // an interrupted Upgrade goes on: its archives are there, and what they take is no longer free
  if ((await readMadeBackups(host, request.specHash)) !== undefined) return;
  await checkBackupSpace(host, 'backups', await backupBytes(host, content));
}
