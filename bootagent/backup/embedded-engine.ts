import { RESTORE_PLAN_PATH } from '../../core/contract/paths.ts';
import { readRestorePlan, writeRestorePlan } from '../../core/contract/restore-plan.ts';
import type { Backup } from '../../core/contract/velero/backup.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import { newSystem } from '../stages/prep/new-system.ts';
import { MESSAGES } from '../stages/state-machine/messages.ts';
import { labelledObjectsOf } from './apply-label.ts';
import { backUpInWaves, beginInWaves } from './back-up-in-waves.ts';
import type { ResourceSource } from './begin-backup.ts';
import { checkAllBegun, readBegunBackups, writeBegunBackups } from './begun-backups.ts';
import { backupBytes, checkBackupContent, storesResources } from './check-content.ts';
import { checkLabelledObjectsExist } from './check-labelled.ts';
import { verifyBackup } from './checksums.ts';
import { withClusterApi } from './cluster-api.ts';
import type { BackupEngine, BackupTask } from './engine.ts';
import { forgetMadeBackups, readMadeBackups, writeMadeBackups } from './made-backups.ts';
import { nodeId } from './node-id.ts';
import { patientReader } from './patient-reader.ts';
import { planRestores } from './plan-restores.ts';
import { byteProgress } from './progress.ts';
import { protectVolumes } from './protected-volumes.ts';
import type { ArchivedItem } from './resources/archive.ts';
import { type CollectOptions, Collector } from './resources/collect.ts';
import { discoverForBackups, discoverForLabels, missedBy } from './silent-groups.ts';
import type { BackupStore } from './store/backup-store.ts';
import { checkBuckets, noteBegun, noteBuckets } from './store/buckets-of-content.ts';
import { Stores } from './store/locations.ts';
import { checkBackupSpace, checkTargets } from './targets.ts';

/** lca's own engine: Velero's layout, written and read by lca itself. */
export const embeddedEngine: BackupEngine = {
  name: 'embedded',

  async check({ host, request, signal }) {
    const content = await checkBackupContent(host, request);
    if ((await nodePlatform(host)).cluster === undefined) return;
    await withClusterApi(host, signal, async (api) => {
      const backups = content.backups.map(({ backup }) => backup);
      const types = await discoverForLabels(api, backups);
      await checkLabelledObjectsExist(api.client, types, backups, signal);
      await checkBuckets(host, api.client, content.locations, signal);
    });
  },

  async checkPlaces({ host, request }) {
    const content = await checkBackupContent(host, request);
    await checkTargets(host, await newSystem(host), content);
    // an interrupted Upgrade goes on: its archives are there, and what they take is no longer free
    if ((await readMadeBackups(host, request.specHash)) !== undefined) return;
    await checkBackupSpace(host, 'backups', await backupBytes(host, content));
  },

  async restoredBytes({ host, request }) {
    return backupBytes(host, await checkBackupContent(host, request));
  },

  async begin({ host, request, report, signal }) {
    // after a reboot they may stand as made, and what follows removes them
    await forgetMadeBackups(host);
    const content = await checkBackupContent(host, request);
    const stores = new Stores(host, signal);
    const backups = await withClusterApi(host, signal, async (api) => {
      await noteBuckets(host, api.client, content, signal);
      await protectVolumes(host, api.client, signal);
      const asked = content.backups.map(({ backup }) => backup);
      const discovered = await discoverForBackups({ host, report, signal }, api, asked);
      const server = await api.version();
      const client = patientReader(api.client, host, signal);
      return beginInWaves(
        {
          host,
          storeAt: (location) => stores.at(location),
          report,
          signal,
          noteBegun: (name) => noteBegun(host, content, name),
          nodeId: await nodeId(host),
        },
        content,
        ({ backup }): ResourceSource => {
          const errors = [...missedBy(backup, discovered)];
          const onError = (text: string) => errors.push(text);
          const options = { client, types: discovered.types, signal, onError };
          return { server, errors, items: itemsOf(backup, options) };
        },
      );
    });
    await writeBegunBackups(host, request.specHash, { engine: 'embedded', backups });
  },

  async isMade({ host, request }) {
    const made = await readMadeBackups(host, request.specHash);
    const count = Object.keys(made ?? {}).length;
    return {
      done: made !== undefined,
      because: made === undefined ? 'backups have not been made yet' : `${count} backups have been made`,
    };
  },

  async make({ host, request, report, signal }) {
    const content = await checkBackupContent(host, request);
    const stores = new Stores(host, signal);
    const begun = await readBegunBackups(host, request.specHash);
    const names = content.backups.map(({ backup }) => backup.name);
    if ((await nodePlatform(host)).cluster !== undefined) checkAllBegun(names, begun);
    const storeAt = (location: string | null) => stores.at(location);
    const options = { host, storeAt, report, signal, nodeId: await nodeId(host) };
    const made = await backUpInWaves(options, content, begun?.backups);
    await writeMadeBackups(host, request.specHash, made);
  },

  async isHandedOver({ host, request }) {
    const { staterootPath } = await newSystem(host);
    const plan = await readRestorePlan(host, staterootPath + RESTORE_PLAN_PATH);
    const made = await readMadeBackups(host, request.specHash);
    const done =
      plan?.request === request.specHash &&
      plan.waves.flat().every(({ backupName, checksums }) => made?.[backupName] === checksums);
    return { done, because: `the new system ${done ? 'knows' : 'does not know yet'} what to restore` };
  },

  async handOver({ host, request, report, signal }) {
    const content = await checkBackupContent(host, request);
    const made = (await readMadeBackups(host, request.specHash)) ?? {};
    const plan = planRestores(content, made, { request: request.specHash, nodeId: await nodeId(host) });
    const stores = new Stores(host, signal);
    for (const { backup, location } of content.backups) {
      const store = await stores.at(location);
      await readBack({ host, request, report, signal }, store, backup.name, made[backup.name]);
    }
    await checkBackupSpace(host, 'what is restored from the backups', await backupBytes(host, content));
    const { staterootPath } = await newSystem(host);
    await writeRestorePlan(host, plan, staterootPath + RESTORE_PLAN_PATH);
  },
};

/** What a Backup takes of the cluster. */
async function* itemsOf(backup: Backup, options: CollectOptions): AsyncGenerator<ArchivedItem> {
  if (storesResources(backup))
    yield* new Collector(options, backup.spec, labelledObjectsOf(backup)).collect();
}

async function readBack(
  { host, report, signal }: BackupTask,
  store: BackupStore,
  name: string,
  expected: string | undefined,
): Promise<void> {
  const what = `${MESSAGES.upgrade.exportingConfiguration}: reading backup ${name} back`;
  await report(what);
  const tell = byteProgress(what, () => host.now().getTime(), report);
  let done = 0;
  const onBytes = (bytes: number) => tell((done += bytes), done);
  const known = expected === undefined ? {} : { expected };
  await verifyBackup(store, name, { ...known, signal, onBytes });
}
