import test, { type ExecutionContext } from 'ava';
import { embeddedEngine } from '../../../bootagent/backup/embedded-engine.ts';
import type { StageContext } from '../../../bootagent/stages/stage-context.ts';
import { UPGRADE } from '../../../bootagent/stages/upgrade/plan.ts';
import { WORKSPACE } from '../../../bootagent/stages/workspace.ts';
import { BACKUP_DIRECTORY, OBJECTS_DIRECTORY } from '../../../core/contract/paths.ts';
import { systemdNode } from '../../support/kubernetes-node.ts';
import { apiOf } from '../../support/plain-api.ts';
import type { RecordingHost } from '../../support/recording-host.ts';
import { requestWithBackups, stageContext } from '../../support/stage-context.ts';

const VERBS = ['list', 'create', 'get', 'delete'];
const RESOURCE = `${BACKUP_DIRECTORY}/backups/app/velero-backup.json`;
const ARCHIVE = `${BACKUP_DIRECTORY}/backups/app/app.tar.gz`;

interface Played {
  readonly host: RecordingHost;
  readonly context: StageContext;
}

/** A node of a cluster with a Backup of everything in a namespace. */
async function node(t: ExecutionContext, answer: (path: string, call: number) => number): Promise<Played> {
  const calls = new Map<string, number>();
  const served = (name: string, kind: string) => ({ name, kind, namespaced: true, verbs: VERBS });
  const metadata = { resourceVersion: '1' };
  const settings = { metadata: { name: 'settings', namespace: 'app' }, data: { colour: 'blue' } };
  const answers: Record<string, object> = {
    '/apis': {
      groups: [{ name: 'radio.example.org', preferredVersion: { groupVersion: 'radio.example.org/v1' } }],
    },
    '/api/v1': { resources: [served('configmaps', 'ConfigMap')] },
    '/apis/radio.example.org/v1': { resources: [] },
    '/version': { gitVersion: 'v1.20.2', major: '1', minor: '20' },
    '/api/v1/persistentvolumes': { kind: 'List', apiVersion: 'v1', metadata, items: [] },
    '/api/v1/namespaces/app/configmaps': { kind: 'List', apiVersion: 'v1', metadata, items: [settings] },
  };
  const { server } = await apiOf(t, ({ url = '' }, response) => {
    const path = url.split('?')[0] ?? '';
    const call = (calls.get(path) ?? 0) + 1;
    calls.set(path, call);
    const status = answer(path, call);
    const body = status === 200 ? answers[path] : { kind: 'Status', message: 'not now' };
    response.writeHead(body === undefined ? 404 : status).end(JSON.stringify(body ?? { kind: 'Status' }));
  });
  const documents = [
    { kind: 'Backup', metadata: { name: 'app' }, spec: { includedNamespaces: ['app'] } },
    { kind: 'Restore', metadata: { name: 'app-back' }, spec: { backupName: 'app' } },
  ];
  const data = Object.fromEntries(
    documents.map((each) => [each.kind, JSON.stringify({ apiVersion: 'velero.io/v1', ...each })]),
  );
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b', namespace: 'n' }, data };
  const named = <Value extends object>(value: Value) => [{ name: 'x', ...value }];
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'x',
    contexts: named({ context: { cluster: 'x', user: 'x' } }),
    clusters: named({ cluster: { server: server.href } }),
    users: named({ user: { token: 't' } }),
  };
  const host = systemdNode()
    .file('/etc/kubernetes/admin.conf', JSON.stringify(kubeconfig))
    .file('/etc/machine-id', `${'0123456789abcdef'.repeat(2)}\n`)
    .file('/proc/sys/kernel/random/boot_id', 'this-boot\n')
    .file(`${OBJECTS_DIRECTORY}/b.yaml`, JSON.stringify(map));
  const context = stageContext(host, { request: requestWithBackups('b', 'n') });
  return { host, context };
}

test('A cluster is stored although its API and the server of a group are away for a moment', async (t) => {
  const { host, context } = await node(t, (path, call) => {
    if (path === '/apis/radio.example.org/v1') return call > 3 ? 200 : 503;
    return path.endsWith('configmaps') && call <= 2 ? 503 : 200;
  });
  await embeddedEngine.begin(context);
  t.true(host.files.has(ARCHIVE));
  const begun = JSON.parse(host.files.get(WORKSPACE.begunBackups) ?? '');
  t.is(begun.backups.app.items, 1);
});

test('A backup that lacks a group whose server stays away fails, and says so', async (t) => {
  const { host, context } = await node(t, (path) => (path.includes('radio') ? 503 : 200));
  const error = await t.throwsAsync(embeddedEngine.begin(context), { message: 'Failed backup CRs: app' });
  t.regex(
    (error.cause as Error).message,
    /^Backup app would miss items: What there is of radio\.example\.org is not known: .*not now/,
  );
  t.false(host.files.has(WORKSPACE.begunBackups));
});

test('An API that stays away is no failure of a Backup', async (t) => {
  const { context } = await node(t, (path) => (path.endsWith('configmaps') ? 503 : 200));
  await t.throwsAsync(embeddedEngine.begin(context), { code: 'unavailable' });
});

test('Backups that are begun anew after a reboot are made anew, before they can be handed over', async (t) => {
  const { host, context } = await node(t, () => 200);
  await embeddedEngine.begin(context);
  await embeddedEngine.make(context);
  t.true((await embeddedEngine.isMade(context)).done);
  t.true(host.files.has(RESOURCE));
  host.file('/proc/sys/kernel/random/boot_id', 'next-boot\n');
  await embeddedEngine.begin(context);
  t.false(host.files.has(RESOURCE));
  t.false((await embeddedEngine.isMade(context)).done);
});

test('What was not stored of the cluster while it ran is not made up for by an empty backup', async (t) => {
  const { host, context } = await node(t, () => 200);
  await embeddedEngine.begin(context);
  host.file('/proc/sys/kernel/random/boot_id', 'next-boot\n');
  await t.throwsAsync(embeddedEngine.make(context), {
    code: 'backup-failed',
    message: 'Backup app holds nothing of the cluster, which does not run any more.',
  });
  t.false((await embeddedEngine.isMade(context)).done);
});

test('Upgrade does not end because its API is away while it checks and begins backups', async (t) => {
  const { host, context } = await node(t, (path, call) =>
    path === '/apis/velero.io/v1' && call <= 4 ? 503 : 200,
  );
  const step = (name: string) => UPGRADE.steps.find((each) => each.name === name);
  const answer = await step('check-backups')?.check(context);
  t.false(answer?.done);
  t.regex(answer?.because ?? '', /not now/);
  await step('back-up-resources')?.apply(context);
  t.true(host.files.has(ARCHIVE));
});
