import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { readResourceArchive, resourceArchive } from '../../bootagent/backup/resources/archive.ts';
import { Collector } from '../../bootagent/backup/resources/collect.ts';
import { type RestoreOutcome, restoreResources } from '../../bootagent/backup/resources/restore-resources.ts';
import { parseYaml } from '../../core/contract/source.ts';
import { parseBackup } from '../../core/contract/velero/backup.ts';
import { parseRestore } from '../../core/contract/velero/restore.ts';
import { RealHost } from '../../core/host/real-host.ts';
import { discoverTypes } from '../../core/tools/kubernetes/discovery.ts';
import { readKubeconfig } from '../../core/tools/kubernetes/kubeconfig.ts';
import { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane/control-plane.ts';

let directory = '';
let plane: ControlPlane;
let client: KubernetesClient;
const host = new RealHost();
const signal = new AbortController().signal;

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lca-backup-'));
  plane = await startControlPlane({ directory, name: 'backup-node' });
  client = await KubernetesClient.fromKubeconfig(host, plane.adminKubeconfig);
});
test.after.always(async () => {
  client?.close();
  await plane?.stop();
  await rm(directory, { recursive: true, force: true });
});

const types = async () => discoverTypes(await readKubeconfig(host, plane.adminKubeconfig));

async function backUp(spec: object): Promise<Buffer> {
  const source = { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name: 'b' }, spec };
  const errors: string[] = [];
  const options = { client, types: await types(), signal, onError: (text: string) => errors.push(text) };
  const collector = new Collector(options, parseBackup(parseYaml('b', JSON.stringify(source))).spec);
  const archive = await buffer(resourceArchive(collector.collect(), new Date()));
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return archive;
}

async function restore(archive: Buffer, spec: object = {}, patienceMs = 120_000): Promise<RestoreOutcome> {
  const source = {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { name: 'r' },
    spec: { backupName: 'b', ...spec },
  };
  const items = await readResourceArchive(Readable.from([archive]));
  const options = { client, discover: types, host, patienceMs, signal, report: async () => undefined };
  return restoreResources(options, items, parseRestore(parseYaml('r', JSON.stringify(source))));
}

const APP = '/api/v1/namespaces/app';
const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'radios.example.org' },
  spec: {
    group: 'example.org',
    scope: 'Namespaced',
    names: { plural: 'radios', singular: 'radio', kind: 'Radio', listKind: 'RadioList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/** An application with one of everything. */
async function deployApp(): Promise<void> {
  const create = (path: string, object: object) => plane.admin('POST', path, object);
  await create('/api/v1/namespaces', { metadata: { name: 'app', labels: { team: 'radio' } } });
  await create(`${APP}/secrets`, { metadata: { name: 'key' }, stringData: { password: 'x' } });
  await create(`${APP}/configmaps`, { metadata: { name: 'settings' }, data: { colour: 'blue' } });
  await create(`${APP}/configmaps`, {
    metadata: { name: 'left-out', labels: { 'velero.io/exclude-from-backup': 'true' } },
  });
  await create(`${APP}/services`, {
    metadata: { name: 'web' },
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 31234 }] },
  });
  await create(`${APP}/serviceaccounts`, { metadata: { name: 'runner' } });
  await create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name: 'app-reader' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  });
  await create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'app-reads' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'app-reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'runner', namespace: 'app' }],
  });
  const labels = { app: 'web' };
  await create('/apis/apps/v1/namespaces/app/deployments', {
    metadata: { name: 'web' },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'r.example/web:1' }] } },
    },
  });
  await create('/api/v1/persistentvolumes', {
    metadata: { name: 'disk' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: '/var/lib/disk' },
      storageClassName: 'own',
    },
  });
  await create(`${APP}/persistentvolumeclaims`, {
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'own',
      volumeName: 'disk',
      resources: { requests: { storage: '1Gi' } },
    },
  });
  await create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', CRD);
  await until('the kind is served', async () => (await client.resourceTypes('example.org/v1')).length > 0);
  const radio = {
    apiVersion: 'example.org/v1',
    kind: 'Radio',
    metadata: { name: 'north' },
    spec: { band: 7 },
  };
  await create('/apis/example.org/v1/namespaces/app/radios', radio);
  const made = await plane.admin('GET', '/apis/example.org/v1/namespaces/app/radios/north');
  await plane.admin('PUT', '/apis/example.org/v1/namespaces/app/radios/north/status', {
    ...made,
    status: { tuned: true },
  });
  await until('the claim is bound', async () => {
    const claim = await plane.admin('GET', `${APP}/persistentvolumeclaims/data`);
    return (claim as { status?: { phase?: string } }).status?.phase === 'Bound';
  });
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await holds().catch(() => false)) return;
    await delay(500);
  }
  throw new Error(`It did not come to this: ${what}.`);
}

async function removeApp(): Promise<void> {
  for (const path of [
    '/api/v1/namespaces/app',
    '/api/v1/persistentvolumes/disk',
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/app-reads',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/app-reader',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/radios.example.org',
  ])
    await plane.admin('DELETE', path);
  for (const path of [
    '/api/v1/namespaces/app',
    '/api/v1/persistentvolumes/disk',
    `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${CRD.metadata.name}`,
  ])
    await until(`${path} is gone`, () =>
      plane.admin('GET', path).then(
        () => false,
        () => true,
      ),
    );
}

const KEPT = [
  `${APP}/secrets/key`,
  `${APP}/configmaps/settings`,
  `${APP}/services/web`,
  '/apis/apps/v1/namespaces/app/deployments/web',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles/app-reader',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/app-reads',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/radios.example.org',
  '/apis/example.org/v1/namespaces/app/radios/north',
] as const;

/** What has to be equal: everything but what a cluster gives anew, and the restore's labels. */
async function portrait(path: string): Promise<object> {
  const { metadata, status, ...rest } = (await plane.admin('GET', path)) as {
    metadata: { labels?: Record<string, string>; annotations?: object; name: string };
    status?: unknown;
    spec?: { clusterIP?: string; clusterIPs?: unknown };
  };
  void status;
  const labels = Object.entries(metadata.labels ?? {}).filter(([key]) => !key.startsWith('velero.io/'));
  if (rest.spec?.clusterIP !== undefined) {
    delete rest.spec.clusterIP;
    delete rest.spec.clusterIPs;
  }
  return { ...rest, metadata: { name: metadata.name, labels: Object.fromEntries(labels) } };
}

test.serial('An application comes back as it was: backup, delete the namespace, restore', async (t) => {
  await deployApp();
  const before = await Promise.all(KEPT.map((path) => portrait(path)));
  const archive = await backUp({ includedNamespaces: ['app'] });
  const items = await readResourceArchive(Readable.from([archive]));
  t.false(
    (items.get('configmaps') ?? []).some(
      ({ metadata }) => (metadata as { name: string }).name === 'left-out',
    ),
  );
  t.true(items.has('persistentvolumes') && items.has('customresourcedefinitions.apiextensions.k8s.io'));
  await removeApp();
  const outcome = await restore(archive, { restoreStatus: { includedResources: ['radios'] } });
  t.deepEqual(outcome.errors, []);
  t.deepEqual(await Promise.all(KEPT.map((path) => portrait(path))), before);
  const radio = await plane.admin('GET', '/apis/example.org/v1/namespaces/app/radios/north');
  t.deepEqual((radio as { status?: unknown }).status, { tuned: true });
  const namespace = await plane.admin('GET', '/api/v1/namespaces/app');
  t.like((namespace.metadata as { labels?: object }).labels ?? {}, {
    team: 'radio',
    'velero.io/backup-name': 'b',
  });
  await until('the claim is bound to its old volume', async () => {
    const claim = (await plane.admin('GET', `${APP}/persistentvolumeclaims/data`)) as {
      spec: { volumeName?: string };
      status?: { phase?: string };
    };
    return claim.spec.volumeName === 'disk' && claim.status?.phase === 'Bound';
  });

  const again = await restore(archive);
  t.deepEqual(again.errors, []);
  t.true(
    Object.values(again.resourceList)
      .flat()
      .every((entry) => entry.endsWith('(skipped)')),
    'nothing is made twice',
  );
});

test.serial(
  'What has changed since is left alone with a warning, or brought back if the Restore says update',
  async (t) => {
    const archive = await backUp({ includedNamespaces: ['app'], includedResources: ['configmaps'] });
    const type = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
    const name = { name: 'settings', namespace: 'app' };
    await client.patch(type, name, { data: { colour: 'red', added: 'yes' } });
    const left = await restore(archive);
    t.true(
      left.warnings.includes(
        'could not restore, ConfigMap:settings already exists. Warning: the in-cluster version is different than the backed-up version',
      ),
      left.warnings.join('\n'),
    );
    t.like(await client.get(type, name), { data: { colour: 'red', added: 'yes' } });
    const updated = await restore(archive, { existingResourcePolicy: 'update' });
    t.deepEqual(updated.errors, []);
    t.deepEqual((await client.get(type, name))?.['data'], { colour: 'blue' });
  },
);

test.serial(
  'Namespaces are mapped, and an item that the API refuses is an error that names it',
  async (t) => {
    const archive = await backUp({
      includedNamespaces: ['app'],
      includedResources: ['configmaps', 'services'],
    });
    const outcome = await restore(archive, { namespaceMapping: { app: 'copy' } }, 1_000);
    t.like(await plane.admin('GET', '/api/v1/namespaces/copy/configmaps/settings'), {
      data: { colour: 'blue' },
    });
    t.is(outcome.errors.length, 1, outcome.errors.join('\n'));
    t.regex(outcome.errors[0] ?? '', /error restoring Service "web": .*31234.*already allocated/s);
    t.true(outcome.resourceList['v1/Service']?.includes('app/web(failed)'));
  },
);

test.serial('Selectors choose, and a namespace comes along with what it holds', async (t) => {
  await plane.admin('POST', `${APP}/configmaps`, { metadata: { name: 'marked', labels: { pick: 'me' } } });
  const archive = await backUp({ labelSelector: { matchLabels: { pick: 'me' } } });
  const items = await readResourceArchive(Readable.from([archive]));
  t.deepEqual([...items.keys()].toSorted(), ['configmaps', 'namespaces']);
  t.deepEqual(
    items.get('configmaps')?.map(({ metadata }) => (metadata as { name: string }).name),
    ['marked'],
  );
  t.deepEqual(
    items.get('namespaces')?.map(({ metadata }) => (metadata as { name: string }).name),
    ['app'],
  );
});
