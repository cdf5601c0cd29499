import { RESTORES_DIRECTORY } from '../../core/contract/paths.ts';
import type { PlannedRestore, RestorePlan } from '../../core/contract/restore-plan.ts';
import { parseJson } from '../../core/contract/source.ts';
import { parseRestore } from '../../core/contract/velero/restore.ts';
import type { StageContext } from '../stages/stage-context.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { BackupError } from './backup-error.ts';
import { inOneWave, type RestoreOptions, restoredMark } from './carry-out-restores.ts';
import { damaged, verifyBackup } from './checksums.ts';
import type { ClusterApi } from './cluster-api.ts';
import { resourcesKey, VOLUMES } from './layout.ts';
import { ArchiveFormatError, readResourceArchive } from './resources/archive.ts';
import { restoreResources } from './resources/restore-resources.ts';
import { timestamp } from './save-volume.ts';
import type { BackupStore } from './store/backup-store.ts';
import { storeResults } from './store-results.ts';
import { ownerOf } from './stored-backup.ts';

export interface ResourceRestoreOptions extends Omit<RestoreOptions, 'store'> {
  /** Opens the store of a location; null for the node itself. */
  readonly storeAt: (location: string | null) => Promise<BackupStore>;
  readonly api: ClusterApi;
  readonly note: StageContext['note'];
  /** For how long each Restore tries items again that the API is not ready for. */
  readonly patienceMs: number;
}

const MOST_SHOWN = 3;

/** Where the mark of a Restore whose resources are in the cluster lies. */
export function resourcesRestoredMark(restore: string, marks: string = RESTORES_DIRECTORY): string {
  return restoredMark(`${restore}.resources`, marks);
}

/**
 * Carries out a plan in the cluster: all backups are compared with their checksums first, and nothing is touched unless
 * all are whole and this node's; then wave by wave, and inside a wave by name. Run again after a crash, it goes on where
 * it was; items that are there already are passed over.
 *
 * @throws BackupError `restore-failed` naming the Restores of the wave that failed; its cause is the first one's error
 */
export async function carryOutResourceRestores(
  options: ResourceRestoreOptions,
  plan: RestorePlan,
): Promise<void> {
  const { host, marks } = options;
  const all = plan.waves.flat();
  const open: PlannedRestore[] = [];
  for (const restore of all) {
    const mark = await host.readText(resourcesRestoredMark(restore.name, marks));
    if (mark !== restore.checksums) open.push(restore);
  }
  await inOneWave(open, (restore) => verify(options, plan, restore));
  for (const wave of plan.waves) {
    const left = wave.filter((restore) => open.includes(restore));
    await inOneWave(left, (restore) =>
      carryOut(options, restore, `${restore.name} (${all.indexOf(restore) + 1} of ${all.length})`),
    );
  }
}

/** Archives of volumes are left out: they have been compared, and unpacked, before the cluster started. */
async function verify(
  { storeAt, report, signal }: ResourceRestoreOptions,
  { nodeId }: RestorePlan,
  { backupName, checksums, location }: PlannedRestore,
): Promise<void> {
  const store = await storeAt(location);
  await report(`${MESSAGES.upgrade.restoring}: comparing backup ${backupName} with its checksums`);
  const only = (name: string) => !name.startsWith(`${VOLUMES}/`);
  await verifyBackup(store, backupName, { expected: checksums, signal, only });
  if ((await ownerOf(store, backupName)) !== nodeId)
    throw damaged(store, backupName, 'it is the backup of another node');
}

async function carryOut(
  options: ResourceRestoreOptions,
  planned: PlannedRestore,
  title: string,
): Promise<void> {
  const { host, storeAt, report, signal, api, patienceMs, marks } = options;
  const { name, backupName, resource, checksums, location } = planned;
  const store = await storeAt(location);
  const what = `${MESSAGES.upgrade.restoreInProgress}: ${title}`;
  await report(what);
  const restore = parseRestore(parseJson(`Restore ${name}`, JSON.stringify(resource)));
  const started = timestamp(host);
  let items: Awaited<ReturnType<typeof readResourceArchive>>;
  try {
    items = await readResourceArchive(store.get(resourcesKey(backupName)));
  } catch (cause) {
    if (!(cause instanceof ArchiveFormatError)) throw cause;
    throw damaged(store, backupName, `${resourcesKey(backupName)} is no archive of resources`, cause);
  }
  const outcome = await restoreResources(
    {
      client: api.client,
      discover: () => api.discover(),
      host,
      patienceMs,
      signal,
      report: (text) => report(`${what}, ${text}`),
    },
    items,
    restore,
  );
  await storeResults(options, store, name, started, outcome);
  if (outcome.errors.length > 0) {
    const shown = outcome.errors.slice(0, MOST_SHOWN).join(' ');
    const more = outcome.errors.length - MOST_SHOWN;
    throw new BackupError(
      'restore-failed',
      `Restore ${name}: ${shown}${more > 0 ? ` (and ${more} more)` : ''}`,
    );
  }
  await host.writeAtomic(resourcesRestoredMark(name, marks), checksums, { mode: 0o600 });
}
