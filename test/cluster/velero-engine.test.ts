import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { CompleteContext } from '../../bootagent/stages/complete/complete-context.ts';
import { restoreResources } from '../../bootagent/stages/complete/steps/restore-resources.ts';
import type { CleanUpContext } from '../../bootagent/stages/idle/clean-up-context.ts';
import { removeBackups } from '../../bootagent/stages/idle/steps/remove-backups.ts';
import type { StageContext } from '../../bootagent/stages/stage-context.ts';
import { checkBackups } from '../../bootagent/stages/upgrade/steps/check-backups.ts';
import { WORKSPACE } from '../../bootagent/stages/workspace.ts';
import { BACKUP_DIRECTORY, RESTORES_DIRECTORY, SITE_DIRECTORY } from '../../core/contract/paths.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import {
  type BackupMachine,
  backUpAll,
  backupMachine,
  contentFile,
  NEW_STATEROOT,
  pair,
  upgradeContext,
} from '../support/backup-machine.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane/control-plane.ts';
import { attempt } from '../support/fake-attempt.ts';
import {
  ADP,
  APPLICATIONS,
  installVelero,
  PlayedVelero,
  SERVICE_VERSIONS,
  VELERO,
  type VeleroObject,
} from '../support/velero.ts';

let directory = '';
let plane: ControlPlane;
let machine: BackupMachine;
let velero: PlayedVelero;
const said: string[] = [];

const APPLICATION = {
  apiVersion: 'oadp.openshift.io/v1alpha1',
  kind: 'DataProtectionApplication',
  metadata: { name: 'site', namespace: ADP },
  spec: {
    backupLocations: [
      { velero: { provider: 'aws', default: true, credential: { name: 'cloud-credentials', key: 'cloud' } } },
    ],
  },
};
const SECRETS = `/api/v1/namespaces/${ADP}/secrets`;
const SETTINGS = '/api/v1/namespaces/default/configmaps/settings';

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lca-velero-'));
  plane = await startControlPlane({ directory, name: 'backup-node', controllerManager: false });
  machine = backupMachine(directory);
  await plane.admin('POST', '/api/v1/namespaces', { metadata: { name: ADP } });
  await installVelero(plane);
  velero = new PlayedVelero(plane);
  velero.start();
});
test.after.always(async () => {
  await velero?.stop();
  await plane?.stop();
  await rm(directory, { recursive: true, force: true });
});
test.beforeEach(() => {
  said.length = 0;
  velero.fate = () => ({ phase: 'Completed' });
  velero.deletionErrors = [];
  velero.began.length = 0;
  for (const path of [WORKSPACE.begunBackups, WORKSPACE.backups, RESTORES_DIRECTORY])
    rmSync(join(directory, path), { recursive: true, force: true });
});

const context = (): StageContext => upgradeContext(machine, said);
const wave = (number: number) => ({ 'lca.openshift.io/apply-wave': String(number) });
const causes = (error: unknown): string =>
  error instanceof Error ? `${messageOf(error)} | ${causes(error.cause)}` : '';

/** A new cluster with Velero and nothing of the site's, and the new system's files. */
async function pivot(): Promise<void> {
  await velero.stop();
  for (const plural of ['backups', 'restores']) await plane.admin('DELETE', `${VELERO}/${plural}`);
  await plane.admin('DELETE', APPLICATIONS);
  await plane.admin('DELETE', SECRETS);
  mkdirSync(join(directory, SITE_DIRECTORY), { recursive: true });
  renameSync(join(directory, NEW_STATEROOT, RESTORES_DIRECTORY), join(directory, RESTORES_DIRECTORY));
  velero.start();
}

async function complete(seconds = 60): Promise<void> {
  // the machine that tests run on has been up for long; the margin for the way back counts too
  const timeoutSeconds = Math.ceil(await machine.host.uptimeSeconds()) + seconds + 120;
  const completes: CompleteContext = {
    ...context(),
    pivot: attempt({ timeoutSeconds }),
    proven: { api: false, essentials: false, healthy: false },
  };
  await restoreResources.apply(completes);
  const { done, because } = await restoreResources.check(completes);
  if (!done) throw new Error(because);
}

const idle = (): CleanUpContext => ({ ...context(), stateroots: [], removeImages: false });

async function configure(): Promise<void> {
  const there = (await plane.admin('GET', APPLICATIONS)) as unknown as { items: unknown[] };
  if (there.items.length > 0) return;
  await plane.admin('POST', SECRETS, {
    metadata: { name: 'cloud-credentials' },
    stringData: { cloud: '[default]' },
  });
  await plane.admin('POST', APPLICATIONS, APPLICATION);
}

test.serial('Prep asks Velero’s own API, with the documented messages', async (t) => {
  contentFile(machine, ...pair('app', { includedNamespaces: ['app'] }));
  const because = async () => (await checkBackups.check(context())).because;
  const refusal = 'failed to validate IBU spec: failed to check oadp operator availability: ';
  t.true(
    (await because()).includes(`${refusal}Please ensure OADP operator is installed in the openshift-adp`),
  );
  await plane.admin('POST', SERVICE_VERSIONS, {
    apiVersion: 'operators.coreos.com/v1alpha1',
    kind: 'ClusterServiceVersion',
    metadata: { name: 'oadp-operator.v1.4.1' },
  });
  t.true((await because()).includes(`${refusal}No DataProtectionApplication CR found in the openshift-adp`));
  await configure();
  t.true((await checkBackups.check(context())).done);
  contentFile(machine, ...pair('app', { includedNamespaces: 'app' }));
  t.regex(
    await because(),
    /Invalid backup app detected in configmap, error: .*includedNamespaces.*\. Please update the invalid Backup in configmap\.$/,
  );
  contentFile(machine, ...pair('app', {}, { restoreSpec: { restorePVs: 'yes' } }));
  t.regex(await because(), /Invalid Restore app-back detected in configmap, error: .*restorePVs/);
  const annotations = { 'lca.openshift.io/apply-label': 'v1/configmaps/default/gone' };
  contentFile(machine, ...pair('app', {}, { annotations }));
  t.regex(await because(), /failed apply backup label to objects .* failed to patch object: .*gone/);
  contentFile(
    machine,
    ...pair('app', {}, { annotations: { 'lca.openshift.io/host-paths': '/var/lib/own' } }),
  );
  t.regex(await because(), /it names host paths, which Velero does not store/);
  // what lca's own engine refuses, Velero has
  contentFile(machine, ...pair('app', { snapshotMoveData: true }));
  t.true((await checkBackups.check(context())).done);
});

test.serial('Waves of Backups, the way over the pivot, waves of Restores, and the way to Idle', async (t) => {
  await configure();
  await plane.admin('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'settings' } });
  const label = { 'lca.openshift.io/apply-label': 'v1/configmaps/default/settings' };
  contentFile(
    machine,
    ...pair('late', {}, { annotations: { ...wave(2), ...label }, restoreAnnotations: wave(1) }),
    ...pair('early', {}, { annotations: wave(1), restoreAnnotations: wave(2) }),
  );
  await plane.admin('POST', `${VELERO}/backups`, {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name: 'early', labels: { 'config.openshift.io/clusterID': 'another' } },
    spec: {},
    status: { phase: 'Completed' },
  });
  await backUpAll(context());
  t.deepEqual(velero.began, ['Backup early', 'Backup late'], 'the other cluster’s was made anew');
  const late = (await plane.admin('GET', `${VELERO}/backups/late`)) as unknown as VeleroObject;
  t.deepEqual(late.spec['labelSelector'], { matchLabels: { 'lca.openshift.io/backup': 'late' } });
  t.like((await plane.admin('GET', SETTINGS)).metadata, { labels: { 'lca.openshift.io/backup': 'late' } });
  const plan = join(directory, NEW_STATEROOT, RESTORES_DIRECTORY, 'velero.json');
  t.is(statSync(plan).mode & 0o777, 0o600);
  t.false(readFileSync(plan, 'utf8').includes('resourceVersion'));

  await pivot();
  velero.began.length = 0;
  await complete();
  t.deepEqual(velero.began, ['Restore late-back', 'Restore early-back']);
  t.like(await plane.admin('GET', `${APPLICATIONS}/site`), { spec: APPLICATION.spec });
  t.true(said.some((text) => text === 'Restoring Application Data: waiting for Velero to find Backup late'));
  t.true(said.some((text) => text.startsWith('Restore of Application Data is in progress: late-back (')));
  t.is(await machine.host.stat(`${RESTORES_DIRECTORY}/velero.json`), undefined, 'secrets do not stay');

  velero.deletionErrors = ['the store is not reachable'];
  t.false((await removeBackups.check(idle())).done);
  t.regex(
    (await t.throwsAsync(removeBackups.apply(idle()))).message,
    /failed to delete backups: deleteBackupRequest (early|late) failed with errors: the store is not reachable/,
  );
  velero.deletionErrors = [];
  await removeBackups.apply(idle());
  t.deepEqual(velero.stored, []);
  const { labels } = (await plane.admin('GET', SETTINGS)).metadata as { labels?: object };
  t.false('lca.openshift.io/backup' in (labels ?? {}));
  t.is(await machine.host.stat(BACKUP_DIRECTORY), undefined);
});

test.serial('A Backup that Velero fails ends its wave, and is told with Velero’s words', async (t) => {
  await configure();
  contentFile(
    machine,
    ...pair('bad', {}, { annotations: wave(1) }),
    ...pair('good', {}, { annotations: wave(1) }),
    ...pair('never', {}, { annotations: wave(2) }),
  );
  velero.fate = (_, name) =>
    name === 'bad'
      ? { phase: 'PartiallyFailed', errors: 2, failureReason: 'no room' }
      : { phase: 'Completed' };
  const error = await t.throwsAsync(backUpAll(context()));
  t.is(error.message, 'Failed backup CRs: bad');
  t.regex(causes(error), /Backup bad is PartiallyFailed: no room; errors: 2/);
  t.false(velero.began.includes('Backup never'));
  await removeBackups.apply(idle());
  t.deepEqual(velero.stored, []);
});

test.serial(
  'A Restore that Velero fails, and a Backup that it does not find, send the node back',
  async (t) => {
    await configure();
    contentFile(machine, ...pair('app', {}));
    await backUpAll(context());
    await pivot();
    velero.fate = (kind) =>
      kind === 'Restore'
        ? { phase: 'FailedValidation', validationErrors: ['no such backup'] }
        : { phase: 'Completed' };
    const failed = await t.throwsAsync(complete());
    t.is(failed.message, 'Failed restore CRs: app-back');
    t.regex(causes(failed), /Restore app-back is FailedValidation: no such backup/);

    await velero.stop();
    for (const plural of ['backups', 'restores']) await plane.admin('DELETE', `${VELERO}/${plural}`);
    const lost = await t.throwsAsync(complete(6));
    t.is(lost.message, 'Failed restore CRs: app-back');
    t.regex(
      causes(lost),
      /Velero has not found Backup app of this cluster in time; its locations: backupsStorageLocations not yet created/,
    );
  },
);
