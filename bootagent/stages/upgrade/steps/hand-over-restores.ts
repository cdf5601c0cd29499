import { RESTORE_PLAN_PATH } from '../../../../core/contract/paths.ts';
import { readRestorePlan, writeRestorePlan } from '../../../../core/contract/restore-plan.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { backupBytes, checkBackupContent } from '../../../backup/check-content.ts';
import { verifyBackup } from '../../../backup/checksums.ts';
import { readMadeBackups } from '../../../backup/made-backups.ts';
import { nodeId } from '../../../backup/node-id.ts';
import { planRestores } from '../../../backup/plan-restores.ts';
import { byteProgress } from '../../../backup/progress.ts';
import { DirectoryStore } from '../../../backup/store/directory-store.ts';
import { checkBackupSpace } from '../../../backup/targets.ts';
import { newSystem } from '../../prep/new-system.ts';
import type { StageContext } from '../../stage-context.ts';
import { MESSAGES } from '../../state-machine/messages.ts';

/**
 * Reads every backup back from where it was stored, compares it with its checksums, and tells the new system what to
 * restore. The plan holds the digests, so nothing that has taken a backup's place since can be restored.
 */
export const handOverRestores: Step<StageContext> = {
  name: 'hand-over-restores',
  summary: 'Verify the backups and hand over what is to be restored',

  async check({ host, request }) {
    if (request.oadpContent.length === 0) return { done: true, because: 'spec.oadpContent is empty' };
    const { staterootPath } = await newSystem(host);
    const plan = await readRestorePlan(host, staterootPath + RESTORE_PLAN_PATH);
    const made = await readMadeBackups(host, request.specHash);
    const done =
      plan?.request === request.specHash &&
      plan.waves.flat().every(({ backupName, checksums }) => made?.[backupName] === checksums);
    return { done, because: `the new system ${done ? 'knows' : 'does not know yet'} what to restore` };
  },

  async apply({ host, request, report, signal }) {
    await report(MESSAGES.upgrade.exportingConfiguration);
    const content = await checkBackupContent(host, request);
    const made = (await readMadeBackups(host, request.specHash)) ?? {};
    const owner = await nodeId(host);
    const plan = planRestores(content, made, { request: request.specHash, nodeId: owner });
    const store = new DirectoryStore(host);
    for (const [name, expected] of Object.entries(made)) {
      const what = `${MESSAGES.upgrade.exportingConfiguration}: reading backup ${name} back`;
      await report(what);
      const tell = byteProgress(what, () => host.now().getTime(), report);
      let done = 0;
      await verifyBackup(store, name, { expected, signal, onBytes: (bytes) => tell((done += bytes), done) });
    }
    await checkBackupSpace(host, 'what is restored from the backups', await backupBytes(host, content));
    const { staterootPath } = await newSystem(host);
    await writeRestorePlan(host, plan, staterootPath + RESTORE_PLAN_PATH);
  },
};
