import { askAgain } from '../../../core/tools/kubernetes/ask-again.ts';
import {
  BACKUP_STORAGE_LOCATION,
  DATA_PROTECTION_APPLICATION,
  SECRET,
  VELERO_BACKUP,
  VELERO_RESTORE,
} from '../../../core/tools/kubernetes/known-types.ts';
import type {
  KubernetesObject,
  NewObject,
  ResourceType,
} from '../../../core/tools/kubernetes/kubernetes-object.ts';
import { MESSAGES } from '../../stages/state-machine/messages.ts';
import { BackupError } from '../backup-error.ts';
import { OWNER_LABEL } from '../node-id.ts';
import { releaseVolumes } from '../protected-volumes.ts';
import { mappingAt, textAt } from '../resources/json.ts';
import type { VeleroOptions } from './back-up-with-velero.ts';
import { untilCompleted } from './phases.ts';
import type { PlannedObject, VeleroPlan } from './velero-plan.ts';

interface RestoreWithVeleroOptions extends VeleroOptions {
  /** On the boot clock: for all of it. How long a healthy Restore takes is for Velero and the data to say. */
  readonly untilSeconds: number;
  /** For how long the API may be away, or an operator not be there yet, each time. */
  readonly patienceMs: number;
}

const PAUSE_MS = 2_000;
const TYPES: readonly ResourceType[] = [SECRET, DATA_PROTECTION_APPLICATION, BACKUP_STORAGE_LOCATION];

/**
 * Gives Velero of the new cluster what it needs to find its backups, and has it restore them, wave by wave
 * (backup-restore.md 1.7). Run again after a crash, it goes on where it was.
 *
 * @throws BackupError `restore-failed` naming the Restores that failed, or the Backup that Velero does not find
 */
export async function restoreWithVelero(options: RestoreWithVeleroOptions, plan: VeleroPlan): Promise<void> {
  const { host, api, report, signal, untilSeconds } = options;
  const { client } = api;
  await report(`${MESSAGES.upgrade.restoring}: configuring Velero`);
  for (const object of plan.configuration) await patiently(options, () => put(options, object));
  for (const wave of plan.waves) {
    for (const restore of wave) await begin(options, plan.clusterId, restore);
    await untilCompleted(
      { host, client, report, signal, untilSeconds },
      VELERO_RESTORE,
      wave.map(({ metadata }) => metadata),
      MESSAGES.upgrade.restoreInProgress,
      { code: 'restore-failed', title: 'Failed restore CRs' },
    );
  }
  await patiently(options, () => releaseVolumes(client, signal));
}

/** Makes an object of Velero's configuration, or brings the one that is there to what it was in the old system. */
async function put({ api: { client }, signal }: VeleroOptions, object: PlannedObject): Promise<void> {
  const type = TYPES.find(({ kind }) => kind === object.kind);
  if (type === undefined) return;
  const { metadata } = object;
  const live = await client.get(type, metadata, { signal });
  const wanted = object as unknown as NewObject;
  if (live === undefined) {
    await client.create(type, wanted, { signal });
    return;
  }
  const { resourceVersion } = live.metadata;
  await client.replace(type, { ...wanted, metadata: { ...metadata, resourceVersion } }, { signal });
}

/** Makes a Restore as soon as Velero has found its Backup again, with this cluster's label. */
async function begin(
  options: RestoreWithVeleroOptions,
  clusterId: string,
  restore: PlannedObject,
): Promise<void> {
  const { host, api, report, signal, untilSeconds } = options;
  const { client } = api;
  const { name, namespace } = restore.metadata;
  const isThere = async () =>
    (await client.get(VELERO_RESTORE, { name, namespace }, { signal })) !== undefined;
  if (await patiently(options, isThere)) return;
  const backupName = textAt(restore, 'spec', 'backupName');
  for (let told = false; ; told = true) {
    const backup = await patiently(options, () =>
      client.get(VELERO_BACKUP, { name: backupName, namespace }, { signal }),
    );
    if (backup?.metadata.labels?.[OWNER_LABEL] === clusterId) break;
    if (!told) await report(`${MESSAGES.upgrade.restoring}: waiting for Velero to find Backup ${backupName}`);
    if ((await host.uptimeSeconds()) >= untilSeconds) throw await notFound(options, name, backupName);
    await host.sleep(PAUSE_MS, signal);
  }
  // looked for each time: it may have been made, and the answer lost
  await patiently(options, async () => {
    if (await isThere()) return;
    await client.create(VELERO_RESTORE, restore, { signal });
  });
}

async function notFound(
  { api: { client }, signal }: VeleroOptions,
  restore: string,
  backup: string,
): Promise<BackupError> {
  const found = await client.list(BACKUP_STORAGE_LOCATION, { signal }).catch(() => undefined);
  signal.throwIfAborted();
  const why = found === undefined ? 'they cannot be asked for' : stateOf(found.items);
  const cause = new BackupError(
    'restore-failed',
    `Velero has not found Backup ${backup} of this cluster in time; its locations: ${why}.`,
  );
  return new BackupError('restore-failed', `Failed restore CRs: ${restore}`, { cause });
}

function stateOf(locations: readonly KubernetesObject[]): string {
  if (locations.length === 0) return 'backupsStorageLocations not yet created';
  const unwell = locations
    .filter((location) => textAt(location, 'status', 'phase') !== 'Available')
    .map((location) => {
      const message = textAt(mappingAt(location, 'status'), 'message');
      return `backupStorageLocation ${location.metadata.name} not available${message === '' ? '' : `: ${message}`}`;
    });
  return unwell.join('; ') || 'all are available';
}

/** Tries again while the API, or the operator that brings Velero's kinds, is not there yet. */
async function patiently<Result>(
  { host, signal, untilSeconds, patienceMs }: RestoreWithVeleroOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const until = Math.min(untilSeconds, (await host.uptimeSeconds()) + patienceMs / 1000);
  return askAgain(
    {
      host,
      signal,
      untilSeconds: until,
      passing: ['not-found', 'conflict', 'already-exists'],
      pauseMs: PAUSE_MS,
    },
    work,
  );
}
