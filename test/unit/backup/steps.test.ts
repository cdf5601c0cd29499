import test from 'ava';
import { nodeId } from '../../../bootagent/backup/node-id.ts';
import { BOOT } from '../../../bootagent/boot/plan.ts';
import { restoreBackups } from '../../../bootagent/boot/steps/restore-backups.ts';
import { CLEAN_UP } from '../../../bootagent/stages/idle/plan.ts';
import { removeBackups } from '../../../bootagent/stages/idle/steps/remove-backups.ts';
import type { StageContext } from '../../../bootagent/stages/stage-context.ts';
import { UPGRADE } from '../../../bootagent/stages/upgrade/plan.ts';
import { backUp } from '../../../bootagent/stages/upgrade/steps/back-up.ts';
import { checkBackups } from '../../../bootagent/stages/upgrade/steps/check-backups.ts';
import { handOverRestores } from '../../../bootagent/stages/upgrade/steps/hand-over-restores.ts';
import { stopWorkloads } from '../../../bootagent/stages/upgrade/steps/stop-workloads.ts';
import { WORKSPACE } from '../../../bootagent/stages/workspace.ts';
import {
  BACKUP_DIRECTORY,
  JOURNAL_PATH,
  OBJECTS_DIRECTORY,
  RESTORE_PLAN_PATH,
} from '../../../core/contract/paths.ts';
import { NO_RECONFIGURATION } from '../../../core/contract/seed-reconfiguration.ts';
import { Journal } from '../../../core/sequence/journal.ts';
import { runSequence } from '../../../core/sequence/run-sequence.ts';
import { SequenceError } from '../../../core/sequence/sequence-error.ts';
import { NEW, nodeRunning } from '../../support/fake-attempt.ts';
import { PREPARED_SEED } from '../../support/prepared-seed.ts';
import type { RecordingHost } from '../../support/recording-host.ts';
import { requestWithBackups, stageContext } from '../../support/stage-context.ts';
import { requestFor } from '../../support/upgrade-story.ts';

const DATA = '/var/lib/own';
const THEIRS = `/ostree/deploy/${NEW.stateroot}`;
const SHA = `sha256:${'a'.repeat(64)}`;

/** A node after Prep, with one backup asked for. */
function preparedNode(restoreSpec = '{backupName: own}'): RecordingHost {
  const data = {
    'b.yaml': `{apiVersion: velero.io/v1, kind: Backup, metadata: {name: own, annotations: {lca.openshift.io/host-paths: ${DATA}}}}`,
    'r.yaml': `{apiVersion: velero.io/v1, kind: Restore, metadata: {name: own-back}, spec: ${restoreSpec}}`,
  };
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b', namespace: 'n' }, data };
  return nodeRunning('old', undefined)
    .file(WORKSPACE.seedDescription, JSON.stringify({ ...PREPARED_SEED, digest: SHA }))
    .file(`${OBJECTS_DIRECTORY}/b.yaml`, JSON.stringify(map))
    .file('/etc/machine-id', `${'0123456789abcdef'.repeat(2)}\n`)
    .file(`${DATA}/readings`, 'x')
    .file('/usr/bin/podman', '')
    .on(/^realpath /, (argv) => `${argv.at(-1)}\0`)
    .on(/^du /, '4096\tx\n')
    .on(/^podman ps/, JSON.stringify([{ Id: '1', Names: ['own'], Labels: {} }]))
    .on(/^podman stop/, '');
}

function contextOf(host: RecordingHost): StageContext {
  return stageContext(host, { request: requestWithBackups('b', 'n') });
}

test('Upgrade checks before workloads stop, backs up after, and hands over last before the attempt', (t) => {
  const names = UPGRADE.steps.map(({ name }) => name);
  const inOrder = [
    'check-backups',
    'back-up-resources',
    'stop-workloads',
    'back-up',
    'export-site',
    'hand-over-restores',
    'record-attempt',
  ];
  t.deepEqual(
    names.filter((name) => inOrder.includes(name)),
    inOrder,
  );
  t.true(BOOT.steps.includes(restoreBackups), 'the first boot restores');
  t.true(CLEAN_UP.steps.includes(removeBackups), 'the way to Idle removes');
});

test('Workloads are stopped for a backup alone, and running ones make earlier copies worthless', async (t) => {
  const host = preparedNode();
  const context = contextOf(host);
  t.deepEqual(await stopWorkloads.check(context), { done: false, because: '1 workloads are running' });
  t.true((await stopWorkloads.check({ ...context, request: requestFor('Upgrade') })).done);
  host.file(`${WORKSPACE.marks}/carry-over`, 'x');
  host.file(WORKSPACE.backups, JSON.stringify({ request: context.request.specHash, backups: { own: SHA } }));
  t.true((await backUp.check(context)).done);
  await stopWorkloads.apply(context);
  t.false((await backUp.check(context)).done);
  t.false(host.files.has(`${WORKSPACE.marks}/carry-over`));
});

test('Backups for another request, or a damaged note of them, count as not made', async (t) => {
  const host = preparedNode();
  const context = contextOf(host);
  for (const text of ['{', JSON.stringify({ request: 'another', backups: { own: SHA } })]) {
    host.file(WORKSPACE.backups, text);
    t.false((await backUp.check(context)).done);
  }
});

test('An Upgrade is refused while everything runs if the new system has something at the place, unless it may be replaced', async (t) => {
  const host = preparedNode();
  t.true((await checkBackups.check(contextOf(host))).done);
  host.file(`${THEIRS}${DATA}/of-the-seed`, 'x');
  const answer = await checkBackups.check(contextOf(host));
  t.false(answer.done);
  t.regex(
    answer.because,
    /^\/var\/lib\/own cannot be restored: the new system, made from the seed, has something/,
  );
  await t.throwsAsync(checkBackups.apply(contextOf(host)), { message: /existing|cannot be restored/ });
  const willing = preparedNode('{backupName: own, existingResourcePolicy: update}');
  willing.file(`${THEIRS}${DATA}/of-the-seed`, 'x');
  t.true((await checkBackups.check(contextOf(willing))).done);
});

test('An Upgrade is refused while everything runs if there is no space for backups', async (t) => {
  const host = preparedNode();
  host.space = { totalBytes: 1e9, availableBytes: 100 * 1024 * 1024 };
  await t.throwsAsync(checkBackups.apply(contextOf(host)), {
    message: 'Not enough space at /sysroot for backups: 257 MiB needed, 100 MiB free.',
  });
});

test('A backup that cannot be read back ends Upgrade before the new system is told of it', async (t) => {
  const host = preparedNode();
  const context = contextOf(host);
  host.file(WORKSPACE.backups, JSON.stringify({ request: context.request.specHash, backups: { own: SHA } }));
  await t.throwsAsync(handOverRestores.apply(context), {
    message: `Backup own in ${BACKUP_DIRECTORY} is damaged: backups/own/own.sha256 is not there.`,
  });
  t.false(host.files.has(THEIRS + RESTORE_PLAN_PATH));
});

test('A Restore that fails fails the first boot at its step, so that the node goes back', async (t) => {
  const host = nodeRunning('new', undefined);
  const restore = {
    name: 'own-back',
    namespace: 'n',
    backupName: 'own',
    existingResourcePolicy: null,
    location: null,
    resource: {},
    checksums: SHA,
  };
  const plan = { version: 1, request: 'r', nodeId: 'n', waves: [[restore]] };
  host.file(RESTORE_PLAN_PATH, JSON.stringify(plan));
  const error = await t.throwsAsync(
    runSequence(
      { name: 'boot', steps: [restoreBackups] },
      {
        host,
        site: NO_RECONFIGURATION,
        attempt: 'n',
        report: async () => undefined,
        signal: new AbortController().signal,
      },
      { journal: new Journal(host, JOURNAL_PATH), key: 'k', observe: () => undefined },
    ),
    { instanceOf: SequenceError },
  );
  t.is(error.step, 'restore-backups');
  t.is(error.message, 'Failed restore CRs: own-back');
});

test('Without a plan the first boot restores nothing', async (t) => {
  const host = nodeRunning('new', undefined);
  const context = {
    host,
    site: NO_RECONFIGURATION,
    attempt: 'n',
    report: async () => undefined,
    signal: AbortSignal.any([]),
  };
  t.deepEqual(await restoreBackups.check(context), { done: true, because: 'nothing is to be restored' });
});

test('The way to Idle removes this node’s backups and those that were cut off, and no other node’s', async (t) => {
  const host = preparedNode();
  const owned = (owner: string) =>
    JSON.stringify({ metadata: { labels: { 'config.openshift.io/clusterID': owner } } });
  const at = (name: string) => `${BACKUP_DIRECTORY}/backups/${name}`;
  host.file(`${at('own')}/velero-backup.json`, owned(await nodeId(host)));
  host.file(`${at('cut-off')}/own.tar.gz`, 'x');
  host.file(`${at('foreign')}/velero-backup.json`, owned('another'));
  host.file(`${at('nobody’s')}/velero-backup.json`, '{"metadata": {}}');
  const context = { ...contextOf(host), stateroots: [], removeImages: false };
  t.deepEqual(await removeBackups.check(context), { done: false, because: 'to remove: cut-off, own' });
  await removeBackups.apply(context);
  t.deepEqual(await host.list(`${BACKUP_DIRECTORY}/backups`), ['foreign', 'nobody’s']);
  t.deepEqual(await removeBackups.check(context), {
    done: true,
    because: 'backups of other nodes are kept: foreign, nobody’s',
  });
  await host.remove(at('nobody’s'));
  await host.remove(at('foreign'));
  host.file(`${at('own')}/velero-backup.json`, owned(await nodeId(host)));
  await removeBackups.apply(context);
  t.is(await host.stat('/ostree/lca'), undefined);
  t.true((await removeBackups.check(context)).done);
});

test('A node’s id is a UUID that does not show its machine id, and is the same every time', async (t) => {
  const host = preparedNode();
  const id = await nodeId(host);
  t.regex(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.false(id.replaceAll('-', '').includes('0123456789abcdef'));
  t.is(await nodeId(host), id);
  host.file('/etc/machine-id', 'uninitialized\n');
  await t.throwsAsync(nodeId(host), { message: /no machine id/ });
});
