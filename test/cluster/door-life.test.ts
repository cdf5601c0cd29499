import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { parseAllDocuments, stringify } from 'yaml';
import { cleanedUp } from '../../bootagent/stages/state-machine/outcomes.ts';
import { editRequest, setAnnotation, setStage } from '../../core/contract/edit-request.ts';
import { readObjects } from '../../core/contract/objects.ts';
import { CLUSTER_DOOR_PATH, KUBECONFIG_PATH, REQUEST_PATH } from '../../core/contract/paths.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane/control-plane.ts';
import { credentialsOf } from '../support/control-plane/request.ts';
import { type Ibu, IbuDoor, kubectlOf } from '../support/door-cluster.ts';
import { DoorNode, until } from '../support/door-node.ts';
import {
  cleanUpFails,
  fails,
  freshNode,
  live,
  PREP,
  PREPARED,
  ROLLING_BACK,
  SEED,
  told,
  UPGRADING,
} from '../support/door-story.ts';

const NAMESPACE = 'openshift-lifecycle-agent';
const RBAC = new URL('../../images/bundle/rbac/agent.yaml', import.meta.url).pathname;

const root = mkdtempSync(join(tmpdir(), 'lca-door-'));
const node = new DoorNode(root);
let plane: ControlPlane;
let kubectl: Awaited<ReturnType<typeof kubectlOf>>;
const start = () => startControlPlane({ directory: root, name: 'edge', controllerManager: false });
const ibu = () => new IbuDoor(plane);

test.before(async () => {
  plane = await start();
  kubectl = await kubectlOf(plane);
  await plane.admin('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  await node.boot('old');
  await ibu().until('the singleton is there', ({ spec }) => spec.stage === 'Idle');
});
test.after.always(async () => {
  await node.stop();
  await plane?.stop();
  rmSync(root, { recursive: true, force: true });
});

const refusal = (resource: Ibu) => resource.status.lca?.refused?.message ?? '';
const file = async () => (await node.host.readText(REQUEST_PATH)) ?? '';

for (const [field, before, after] of [
  ['seedImageRef', SEED.seedImageRef, { ...SEED.seedImageRef, version: '4.17.0' }],
  ['oadpContent', [{ name: 'a', namespace: 'n' }], [{ name: 'b', namespace: 'n' }]],
  ['extraManifests', undefined, [{ name: 'b', namespace: 'n' }]],
  ['autoRollbackOnFailure', { initMonitorTimeoutSeconds: 60 }, { initMonitorTimeoutSeconds: 90 }],
] as const) {
  test.serial(
    `spec.${field} may not change while an upgrade is in progress, but may on the way to Idle`,
    async (t) => {
      await freshNode(node, ibu());
      await ibu().patch({ spec: { ...SEED, [field]: before } });
      await live(node, ibu(), PREP);
      const conditions = told(node.status);
      await ibu().patch({ spec: { [field]: after } });
      const refused = await until(
        'it is refused',
        () => ibu().read(),
        (found) => refusal(found) !== '',
      );
      t.regex(refusal(refused), new RegExp(`can not change spec.${field} while ibu is in progress`));
      t.deepEqual(told(refused.status), conditions);
      await ibu().patch({ spec: { [field]: before ?? null } });
      await ibu().until('it is accepted again', (found) => refusal(found) === '');
      await ibu().patch({ spec: { [field]: after, stage: 'Idle' } });
      const idle = await ibu().untilNewest('Idle', 'Aborting');
      t.is(refusal(idle), '');
    },
  );
}

test.serial('A resource of another name beside the one in use is told that it has no part', async (t) => {
  await freshNode(node, ibu());
  await live(node, ibu(), PREP);
  await plane.admin('POST', ibu().path(), {
    ...header('v1'),
    metadata: { name: 'second' },
    spec: { stage: 'Prep' },
  });
  const second = await until(
    'it is answered',
    () => ibu().read('second'),
    ({ status }) => status !== undefined,
  );
  t.is(second.status.conditions[0]?.message, "ibu is a singleton, metadata.name must be 'upgrade'");
  t.is((await ibu().read()).spec.stage, 'Prep');
  await ibu().remove('second');
});

const header = (version: string) => ({
  apiVersion: `lca.openshift.io/${version}`,
  kind: 'ImageBasedUpgrade',
});

// The words of the guide, with kubectl for oc and values for what stands in angle brackets.
const GUIDE = `apiVersion: lca.openshift.io/v1alpha1
kind: ImageBasedUpgrade
metadata:
  name: example-upgrade
spec:
  stage: Idle
  seedImageRef:
    version: 4.15.2
    image: quay.io/user/lca-seed:4.15.2
    pullSecretRef: seed-pull-secret
  additionalImages:
    name: ""
    namespace: ""
  autoRollbackOnFailure: {}
  oadpContent:
  - name: oadp-cm-example
    namespace: openshift-adp
`;
const patch = (stage: string, ...more: readonly string[]) => [
  'patch',
  'imagebasedupgrades.lca.openshift.io',
  'example-upgrade',
  `-p={"spec": {"stage": "${stage}"}}`,
  '--type=merge',
  ...more,
];

test.serial("The guide's session works word by word", async (t) => {
  await freshNode(node, ibu());
  await kubectl(
    ['apply', '-f', '-'],
    stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/dockerconfigjson',
      metadata: { name: 'seed-pull-secret', namespace: NAMESPACE },
      stringData: { '.dockerconfigjson': '{"auths":{}}' },
    }),
  );
  t.regex(await kubectl(['create', '-f', '-'], GUIDE), /example-upgrade created/);
  await ibu().until(
    'it is accepted',
    ({ status }) => status.conditions.at(-1)?.type === 'Idle',
    'example-upgrade',
  );
  t.deepEqual((await kubectl(['get', 'ibu', '-oname'])).split('\n'), [
    'imagebasedupgrade.lca.openshift.io/example-upgrade',
  ]);
  t.is(node.status.lca.accepted?.seedImageRef?.pullSecretRef, 'seed-pull-secret');
  const secret = (await readObjects(node.host)).secret(
    { namespace: NAMESPACE, name: 'seed-pull-secret' },
    'x',
  );
  t.is(secret.data['.dockerconfigjson'], '{"auths":{}}');

  t.regex(await kubectl(patch('Prep', '-n', NAMESPACE)), /patched/);
  const door = new IbuDoor(plane);
  const reads = (type: string, reason: string) =>
    door.until(
      `${type} is ${reason}`,
      ({ status }) => {
        const newest = status.conditions.at(-1);
        return newest?.type === type && newest.reason === reason;
      },
      'example-upgrade',
    );
  await reads('PrepInProgress', 'InProgress');
  for (const event of PREPARED) if ('outcome' in event) await node.say(event.outcome);
  await reads('PrepCompleted', 'Completed');
  const list = await kubectl(['get', 'ibu', '-A', '-oyaml']);
  for (const line of ['reason: Completed', 'type: PrepCompleted', 'observedGeneration: 2', 'stage: Prep'])
    t.true(list.includes(line), list);
  t.regex(await kubectl(patch('Upgrade')), /patched/);
  await reads('UpgradeInProgress', 'InProgress');
  const columns = (await kubectl(['get', 'ibu'])).split('\n');
  t.regex(columns[0] ?? '', /^NAME +AGE +DESIRED STAGE +STATE +DETAILS$/);
  t.regex(columns[1] ?? '', /^example-upgrade +\d+\w+ +Upgrade +InProgress +In progress$/);
  t.regex(await kubectl(patch('Idle', '-n', NAMESPACE)), /patched/);
  await reads('Idle', 'Aborting');
  // as at the end: deleting it at rest leaves the singleton
  await node.say(cleanedUp);
  await door.until(
    'the node is at rest',
    ({ status }) => status.conditions.at(-1)?.status === 'True',
    'example-upgrade',
  );
  await kubectl(['delete', 'ibu', 'example-upgrade']);
  await door.until('the singleton is back', ({ spec }) => spec.stage === 'Idle');
});

test.serial('Annotations reach the request, and spent ones are taken from the resource', async (t) => {
  await freshNode(node, ibu());
  const annotations = {
    'auto-rollback-on-failure.lca.openshift.io/post-reboot-config': 'Disabled',
    'auto-rollback-on-failure.lca.openshift.io/upgrade-completion': 'Disabled',
    'auto-rollback-on-failure.lca.openshift.io/init-monitor': 'Disabled',
    'image-cleanup.lca.openshift.io/on-prep': 'Disabled',
    'image-cleanup.lca.openshift.io/disk-usage-threshold-percent': '70',
    'lca.openshift.io/target-ocp-version-manifest-count': '3',
    'lca.openshift.io/trigger-reconcile': '1',
  };
  await ibu().patch({ metadata: { annotations: { ...annotations, 'example.com/other': 'x' } } });
  await live(node, ibu(), [...PREP, { ask: 'Idle' }, cleanUpFails]);
  t.deepEqual(node.status.lca.accepted?.annotations, annotations);
  t.like(node.status.lca.accepted?.autoRollbackOnFailure, {
    postRebootConfig: false,
    upgradeCompletion: false,
    initMonitor: false,
  });
  await ibu().patch({ metadata: { annotations: { 'lca.openshift.io/manual-cleanup-done': '' } } });
  const again = await ibu().untilNewest('Idle', 'Aborting');
  t.is(again.status.conditions.at(-1)?.message, 'Aborting');
  const left = await until(
    'the annotation is gone',
    async () => (await ibu().read()).metadata.annotations ?? {},
    (found) => !('lca.openshift.io/manual-cleanup-done' in found),
  );
  t.deepEqual(left, { ...annotations, 'example.com/other': 'x' });
  t.false((await file()).includes('manual-cleanup-done'));
});

test.serial(
  'What is edited in the file shows in the resource, comments stay; where both changed the file holds',
  async (t) => {
    await freshNode(node, ibu());
    await node.host.writeAtomic(REQUEST_PATH, `# mine\n${await file()}`);
    await editRequest(node.host, [setAnnotation('lca.openshift.io/trigger-reconcile', 'a')]);
    await ibu().until(
      'the annotation is there',
      ({ metadata }) => metadata.annotations?.['lca.openshift.io/trigger-reconcile'] === 'a',
    );
    await ibu().patch({ spec: SEED });
    await ibu().until(
      'the seed is accepted',
      () => node.status.lca.accepted?.seedImageRef?.version === '4.16.2',
    );
    t.regex(await file(), /^# mine\n/);

    await node.stop();
    await ibu().patch({
      metadata: { annotations: { 'lca.openshift.io/target-ocp-version-manifest-count': '2' } },
      spec: { stage: 'Upgrade' },
    });
    await editRequest(node.host, [setStage('Prep')]);
    await node.boot('old');
    await ibu().untilNewest('PrepInProgress', 'InProgress');
    const both = await ibu().until('the other field is taken over', () =>
      Boolean(node.status.lca.accepted?.annotations['lca.openshift.io/target-ocp-version-manifest-count']),
    );
    t.is(both.spec.stage, 'Prep');
  },
);

test.serial('While the API is away the files go on, and the resource follows when it is back', async (t) => {
  await freshNode(node, ibu());
  await ibu().patch({ spec: SEED });
  await ibu().until('the seed is accepted', () => node.status.lca.accepted?.seedImageRef !== null);
  await plane.stop();
  await editRequest(node.host, [setStage('Prep')]);
  await until(
    'the node prepares',
    async () => told(node.status).at(-1)?.type,
    (type) => type === 'PrepInProgress',
  );
  plane = await start();
  const back = await ibu().untilNewest('PrepInProgress', 'InProgress');
  t.is(back.spec.stage, 'Prep');
});

test.serial(
  'A resource deleted in the middle of something comes back with its status, its definition too',
  async (t) => {
    await freshNode(node, ibu());
    const before = await live(node, ibu(), UPGRADING);
    await ibu().remove();
    const restored = await ibu().untilNewest('UpgradeInProgress', 'InProgress');
    t.not(restored.metadata.uid, before.metadata.uid);
    t.deepEqual(restored.spec, before.spec);
    t.deepEqual(restored.status.conditions, before.status.conditions);
    t.deepEqual(restored.status.history, before.status.history);
    await plane.admin(
      'DELETE',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/imagebasedupgrades.lca.openshift.io',
    );
    const again = await until(
      'definition and resource are back',
      () => ibu().read(),
      ({ metadata, status }) => metadata.uid !== restored.metadata.uid && status?.conditions.length > 0,
    );
    t.deepEqual(told(again.status), told(restored.status));
  },
);

test.serial('After the pivot the new cluster, which has none, gets the resource back', async (t) => {
  await freshNode(node, ibu());
  const before = await live(node, ibu(), UPGRADING);
  await node.stop();
  await ibu().remove();
  await node.host.remove(CLUSTER_DOOR_PATH);
  await node.boot('new');
  const after = await ibu().untilNewest('UpgradeInProgress', 'InProgress');
  t.deepEqual(after.spec, before.spec);
  t.deepEqual(told(after.status), told(before.status));
  t.deepEqual(after.status.history, before.status.history);
  t.deepEqual(after.status.validNextStages, ['Rollback']);
});

test.serial('Deleting the resource after a failed rollback begins anew', async (t) => {
  await freshNode(node, ibu());
  const { metadata } = await live(node, ibu(), [...ROLLING_BACK, fails('Rollback')]);
  await ibu().remove();
  const fresh = await ibu().until('there is another one', (found) => found.metadata.uid !== metadata.uid);
  t.deepEqual(fresh.spec, { stage: 'Idle' });
  t.is(told((await ibu().untilNewest('Idle', 'Idle')).status).length, 1);
});

test.serial('The roles of the bundle suffice', async (t) => {
  await freshNode(node, ibu());
  await node.stop();
  for (const document of parseAllDocuments(await readFile(RBAC, 'utf8')))
    await kubectl(['apply', '-f', '-'], document.toString());
  const account = 'lifecycle-agent-controller-manager';
  const answer = (await plane.admin(
    'POST',
    `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${account}/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {},
    },
  )) as unknown as { status: { token: string } };
  const { server, ca } = await credentialsOf(plane.adminKubeconfig);
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lca',
    contexts: [{ name: 'lca', context: { cluster: 'lca', user: 'lca' } }],
    clusters: [
      { name: 'lca', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'lca', user: { token: answer.status.token } }],
  };
  await node.host.writeAtomic(KUBECONFIG_PATH, JSON.stringify(kubeconfig), { mode: 0o600 });
  await kubectl(['delete', 'crd', 'imagebasedupgrades.lca.openshift.io']);
  await node.boot('old');
  await ibu().until('the singleton is there', ({ spec }) => spec.stage === 'Idle');
  await ibu().patch({
    spec: { seedImageRef: { ...SEED.seedImageRef, pullSecretRef: { name: 'seed-pull-secret' } } },
  });
  await ibu().until('the seed is accepted', () => node.status.lca.accepted?.seedImageRef !== null);
  await live(node, ibu(), PREPARED);
  const { metadata } = await ibu().read();
  await ibu().remove();
  const restored = await ibu().until('it is restored', (found) => found.metadata.uid !== metadata.uid);
  await node.tellReboot('System will now reboot for upgrade');
  const about = `involvedObject.uid=${restored.metadata.uid}`;
  const events = await kubectl([
    'get',
    'events',
    '--namespace=default',
    `--field-selector=${about}`,
    '--output=json',
  ]);
  const [event] = (JSON.parse(events) as { items: Record<string, unknown>[] }).items;
  t.like(event, {
    type: 'Normal',
    reason: 'Reboot',
    message: 'System will now reboot for upgrade',
    count: 1,
  });
  t.like(event?.['involvedObject'], { kind: 'ImageBasedUpgrade', name: 'upgrade' });
  t.truthy((await readObjects(node.host)).secret({ namespace: NAMESPACE, name: 'seed-pull-secret' }, 'x'));
  await node.host.remove(KUBECONFIG_PATH);
});
