import { readRestorePlan } from '../../../core/contract/restore-plan.ts';
import type { Step } from '../../../core/sequence/step.ts';
import { withWritableSystem } from '../../agent/writable-system.ts';
import { carryOutRestores, localPart, restoredMark } from '../../backup/carry-out-restores.ts';
import { DirectoryStore } from '../../backup/store/directory-store.ts';
import type { BootContext } from '../boot-context.ts';

/** Brings back the data that the old system has backed up. If it cannot, this boot has failed and the node goes back. */
export const restoreBackups: Step<BootContext> = {
  name: 'restore-backups',
  summary: 'Restore application data',

  async check({ host }) {
    const plan = await readRestorePlan(host);
    if (plan === null) return { done: true, because: 'nothing is to be restored' };
    for (const { name, checksums } of localPart(plan).waves.flat()) {
      if ((await host.readText(restoredMark(name))) !== checksums)
        return { done: false, because: `Restore ${name} has not been carried out` };
    }
    return { done: true, because: 'all Restores have been carried out' };
  },

  async apply({ host, report, signal }) {
    const plan = await readRestorePlan(host);
    if (plan === null) return;
    // its results are written beside the backups, on a system that may be mounted read-only
    await withWritableSystem(host, () =>
      carryOutRestores({ host, store: new DirectoryStore(host), report, signal }, localPart(plan)),
    );
  },
};
