import { BACKUP_DIRECTORY } from '../../../../core/contract/paths.ts';
import type { Host } from '../../../../core/host/host.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { backupKey } from '../../../backup/layout.ts';
import { nodeId } from '../../../backup/node-id.ts';
import { DirectoryStore } from '../../../backup/store/directory-store.ts';
import { readKnownBuckets } from '../../../backup/store/known-buckets.ts';
import { isDisposable } from '../../../backup/stored-backup.ts';
import { VELERO_NOTE } from '../../../backup/velero/velero-plan.ts';
import { WORKSPACE } from '../../workspace.ts';
import type { CleanUpContext } from '../clean-up-context.ts';

/** Removes this node's backups, also those that were never finished. Another node's are left alone. */
export const removeBackups: Step<CleanUpContext> = {
  name: 'remove-backups',
  summary: 'Remove the backups of application data',

  async check({ host }) {
    if ((await host.stat(WORKSPACE.protectedVolumes)) !== undefined)
      return { done: false, because: 'volumes have the reclaim policy that the upgrade gave them' };
    if ((await host.stat(BACKUP_DIRECTORY)) === undefined)
      return { done: true, because: `${BACKUP_DIRECTORY} does not exist` };
    if (Object.keys(await readKnownBuckets(host)).length > 0)
      return { done: false, because: 'backups lie in a bucket' };
    if ((await host.stat(VELERO_NOTE)) !== undefined)
      return { done: false, because: 'Velero has backups of this node' };
    const { own, others } = await storedBackups(host);
    if (own.length > 0) return { done: false, because: `to remove: ${own.join(', ')}` };
    return {
      done: others.length > 0,
      because: `backups of other nodes are kept: ${others.join(', ') || 'none'}`,
    };
  },

  async apply({ host, report, signal }) {
    if ((await host.stat(WORKSPACE.protectedVolumes)) !== undefined) {
      await report('giving volumes their reclaim policy back');
      const { giveBackPolicies } = await import('../../../backup/protected-volumes.ts');
      await giveBackPolicies(host, signal);
    }
    if (Object.keys(await readKnownBuckets(host)).length > 0) {
      const { clearBuckets } = await import('../../../backup/store/clear-buckets.ts');
      await clearBuckets(host, report, signal);
    }
    if ((await host.stat(VELERO_NOTE)) !== undefined) {
      const { removeVelerosBackups } = await import('../../../backup/velero/remove-veleros-backups.ts');
      await removeVelerosBackups(host, report, signal);
    }
    const store = new DirectoryStore(host);
    const { own, others } = await storedBackups(host);
    for (const name of own) {
      await report(`removing backup ${name}`);
      await store.remove(backupKey(name));
    }
    if (others.length > 0) return;
    await host.remove(BACKUP_DIRECTORY);
    const parent = BACKUP_DIRECTORY.slice(0, BACKUP_DIRECTORY.lastIndexOf('/'));
    if ((await host.list(parent)).length === 0) await host.remove(parent);
  },
};

/** By whether they are to be removed. One that somebody else has put there, or that does not say whose it is, stays. */
async function storedBackups(
  host: Host,
): Promise<{ readonly own: readonly string[]; readonly others: readonly string[] }> {
  const store = new DirectoryStore(host);
  if ((await host.stat(BACKUP_DIRECTORY)) === undefined) return { own: [], others: [] };
  const names = await store.list('backups');
  if (names.length === 0) return { own: [], others: [] };
  const node = await nodeId(host);
  const own: string[] = [];
  const others: string[] = [];
  for (const name of names) {
    ((await isDisposable(store, name, node)) ? own : others).push(name);
  }
  return { own, others };
}
