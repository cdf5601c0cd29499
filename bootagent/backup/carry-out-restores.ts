import { gzipSync } from 'node:zlib';
import { RESTORES_DIRECTORY } from '../../core/contract/paths.ts';
import { type PlannedRestore, type RestorePlan } from '../../core/contract/restore-plan.ts';
import type { Host } from '../../core/host/host.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { BackupError } from './backup-error.ts';
import { damaged, verifyBackup } from './checksums.ts';
import { restoreKey } from './layout.ts';
import { byteProgress } from './progress.ts';
import { isOccupied, occupied, restoreVolume } from './restore-volume.ts';
import { timestamp } from './save-volume.ts';
import type { BackupStore } from './store/backup-store.ts';
import { ownerOf } from './stored-backup.ts';
import { readVolumeIndex } from './volume-index.ts';

export interface RestoreOptions {
  readonly host: Host;
  readonly store: BackupStore;
  readonly report: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
  /** Where marks of what is done are kept; removed with the site's files. */
  readonly marks?: string;
}

/** What of a plan is restored before the network is up: backups that lie on the node. */
export function localPart(plan: RestorePlan): RestorePlan {
  const waves = plan.waves.map((wave) => wave.filter(({ location }) => location === null));
  return { ...plan, waves };
}

/** Where the mark of a restore that has ended lies. */
export function restoredMark(restore: string, marks: string = RESTORES_DIRECTORY): string {
  return `${marks}/restored/${restore}`;
}

/**
 * Carries out a plan: all backups are read and compared first, and nothing is touched unless all are whole and this
 * node's; then wave by wave, and inside a wave by name. Run again after a crash, it goes on where it was.
 *
 * @throws BackupError `restore-failed` naming the Restores of the wave that failed; its cause is the first one's error
 */
export async function carryOutRestores(options: RestoreOptions, plan: RestorePlan): Promise<void> {
  const { host, marks } = options;
  const all = plan.waves.flat();
  const open: PlannedRestore[] = [];
  for (const restore of all) {
    if ((await host.readText(restoredMark(restore.name, marks))) !== restore.checksums) open.push(restore);
  }
  await inOneWave(open, (restore) => verify(options, plan, restore));
  for (const wave of plan.waves) {
    const left = wave.filter((restore) => open.includes(restore));
    await inOneWave(left, async (restore) => {
      await carryOut(options, restore, `${restore.name} (${all.indexOf(restore) + 1} of ${all.length})`);
    });
  }
}

/** All of a wave are tried, and those that fail are named together, as documented. */
export async function inOneWave(
  restores: readonly PlannedRestore[],
  work: (restore: PlannedRestore) => Promise<void>,
): Promise<void> {
  const failed = new Map<string, unknown>();
  for (const restore of restores) {
    try {
      await work(restore);
    } catch (error) {
      failed.set(restore.name, error);
    }
  }
  const [first] = failed;
  if (first === undefined) return;
  throw new BackupError('restore-failed', `Failed restore CRs: ${[...failed.keys()].join(',')}`, {
    cause: first[1],
  });
}

async function verify(
  { host, store, report, signal, marks = RESTORES_DIRECTORY }: RestoreOptions,
  { nodeId }: RestorePlan,
  { backupName, checksums, existingResourcePolicy }: PlannedRestore,
): Promise<void> {
  await report(`${MESSAGES.upgrade.restoring}: comparing backup ${backupName} with its checksums`);
  await verifyBackup(store, backupName, { expected: checksums, signal });
  if ((await ownerOf(store, backupName)) !== nodeId)
    throw damaged(store, backupName, 'it is the backup of another node');
  if (existingResourcePolicy === 'update' || (await host.stat(`${marks}/placed`)) !== undefined) return;
  for (const { path } of await readVolumeIndex(store, backupName))
    if (await isOccupied(host, path)) throw occupied(path);
}

async function carryOut(options: RestoreOptions, restore: PlannedRestore, title: string): Promise<void> {
  const { host, store, report, signal, marks = RESTORES_DIRECTORY } = options;
  const { name, backupName, existingResourcePolicy, checksums } = restore;
  const started = timestamp(host);
  const lines: string[] = [];
  for (const volume of await readVolumeIndex(store, backupName)) {
    const what = `${MESSAGES.upgrade.restoreInProgress}: ${title}, ${volume.path}`;
    await report(what);
    await restoreVolume(
      {
        host,
        store,
        backup: backupName,
        policy: existingResourcePolicy,
        marks: `${marks}/placed`,
        onProgress: byteProgress(what, () => host.now().getTime(), report),
        signal,
      },
      volume,
    );
    lines.push(
      `time="${timestamp(host)}" level=info msg=${JSON.stringify(`Restored ${volume.path}`)} restore=${name}\n`,
    );
  }
  const log = `time="${started}" level=info msg="Began" restore=${name}\n${lines.join('')}`;
  await store.put(restoreKey(name, `restore-${name}-logs.gz`), gzipSync(log));
  await store.put(restoreKey(name, `restore-${name}-resource-list.json.gz`), gzipSync('{}'));
  await store.put(restoreKey(name, `restore-${name}-itemoperations.json.gz`), gzipSync('[]'));
  await store.put(restoreKey(name, `${name}-volumeinfo.json.gz`), gzipSync('[]'));
  const results = { warnings: {}, errors: {} };
  await store.put(restoreKey(name, `restore-${name}-results.gz`), gzipSync(JSON.stringify(results)));
  await host.writeAtomic(restoredMark(name, marks), checksums, { mode: 0o600 });
}
