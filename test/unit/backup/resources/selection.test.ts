import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { readResourceArchive, resourceArchive } from '../../../../bootagent/backup/resources/archive.ts';
import {
  BackupFilter,
  matchesLabels,
  resolved,
  selectorText,
} from '../../../../bootagent/backup/resources/filters.ts';
import type { Json } from '../../../../bootagent/backup/resources/json.ts';
import { inRestoreOrder, isRestored } from '../../../../bootagent/backup/resources/restore-order.ts';
import { provisionedAnew, selectItems } from '../../../../bootagent/backup/resources/select-items.ts';
import { parseYaml } from '../../../../core/contract/source.ts';
import { parseBackup } from '../../../../core/contract/velero/backup.ts';
import { parseRestore } from '../../../../core/contract/velero/restore.ts';
import { tarBytes } from '../../../support/tar-bytes.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';

const type = (plural: string, group: string, namespaced: boolean, ...aliases: string[]) => ({
  plural,
  group,
  namespaced,
  aliases,
});
const PODS = type('pods', '', true, 'pod', 'po');
const VOLUMES = type('persistentvolumes', '', false, 'persistentvolume', 'pv');
const DEPLOYMENTS = type('deployments', 'apps', true, 'deployment', 'deploy');
const CRDS = type('customresourcedefinitions', 'apiextensions.k8s.io', false, 'crd');
const TYPES = [PODS, VOLUMES, DEPLOYMENTS, CRDS];

function filter(spec: object): BackupFilter {
  const source = { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name: 'b' }, spec };
  return new BackupFilter(parseBackup(parseYaml('b', JSON.stringify(source))).spec, TYPES);
}

function restoreSpec(spec: object) {
  const source = {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { name: 'r' },
    spec: { backupName: 'b', ...spec },
  };
  return parseRestore(parseYaml('r', JSON.stringify(source))).spec;
}

test('Resource names are resolved from plural, singular, short and grouped forms; others stay', (t) => {
  t.deepEqual(
    resolved(['po', 'deployment', 'deployments.apps', 'Pods', '*', 'gadgets', 'pods.other'], TYPES),
    ['pods', 'deployments.apps', 'deployments.apps', 'pods', '*', 'gadgets', 'pods.other'],
  );
});

const CASES: readonly (readonly [what: string, spec: object, taken: readonly object[]])[] = [
  ['everything', {}, TYPES],
  ['one namespace', { includedNamespaces: ['a'] }, [PODS, DEPLOYMENTS]],
  [
    'one namespace and cluster resources',
    { includedNamespaces: ['a'], includeClusterResources: true },
    TYPES,
  ],
  ['no cluster resources', { includeClusterResources: false }, [PODS, DEPLOYMENTS]],
  ['named resources', { includedResources: ['po', 'pv'] }, [PODS, VOLUMES]],
  ['all but', { excludedResources: ['deploy'] }, [PODS, VOLUMES, CRDS]],
  ['scoped: cluster kinds only when listed', { includedNamespaceScopedResources: ['pods'] }, [PODS]],
  [
    'scoped: no namespaced kinds',
    { excludedNamespaceScopedResources: ['*'], includedClusterScopedResources: ['crd'] },
    [CRDS],
  ],
  [
    'scoped: nothing but an exclusion',
    { excludedClusterScopedResources: ['crd'] },
    [PODS, VOLUMES, DEPLOYMENTS],
  ],
];

for (const [what, spec, taken] of CASES) {
  test(`A Backup takes: ${what}`, (t) => {
    t.deepEqual(
      TYPES.filter((each) => filter(spec).takesType(each)),
      taken,
    );
  });
}

test('Related cluster objects come unless they are excluded in so many words', (t) => {
  t.true(filter({ includedNamespaces: ['a'] }).takesRelated(VOLUMES));
  t.false(filter({ includeClusterResources: false }).takesRelated(VOLUMES));
  t.false(filter({ excludedResources: ['pv'] }).takesRelated(VOLUMES));
  t.false(filter({ excludedClusterScopedResources: ['pv'] }).takesRelated(VOLUMES));
  t.false(filter({ excludedClusterScopedResources: ['*'] }).takesRelated(VOLUMES));
  t.false(filter({ includedResources: ['deployments'] }).takesRelated(PODS));
});

test('Selectors mean the same in words and on labels', (t) => {
  const expression = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values: string[] = []) => ({
    matchLabels: {},
    matchExpressions: [{ key: 'k', operator, values }],
  });
  t.is(selectorText({ matchLabels: { a: 'b' }, matchExpressions: [] }), 'a=b');
  t.is(selectorText(expression('In', ['x', 'y'])), 'k in (x,y)');
  t.is(selectorText(expression('NotIn', ['x'])), 'k notin (x)');
  t.is(selectorText(expression('DoesNotExist')), '!k');
  const on = (selector: ReturnType<typeof expression>, labels: Record<string, string>) =>
    matchesLabels({ labelSelector: selector, orLabelSelectors: [] }, labels);
  t.true(on(expression('In', ['x']), { k: 'x' }));
  t.false(on(expression('In', ['x']), {}));
  t.true(on(expression('NotIn', ['x']), {}));
  t.false(on(expression('Exists'), {}));
  t.true(
    matchesLabels(
      { labelSelector: null, orLabelSelectors: [expression('Exists'), expression('DoesNotExist')] },
      {},
    ),
  );
});

test('The order of restoring is Velero’s, whatever order things come in', (t) => {
  const order = [
    'customresourcedefinitions.apiextensions.k8s.io',
    'namespaces',
    'persistentvolumes',
    'persistentvolumeclaims',
    'serviceaccounts',
    'secrets',
    'configmaps',
    'pods',
    'replicasets.apps',
    'endpoints',
    'services',
    'deployments.apps',
    'routes.route.openshift.io',
    'clusters.cluster.x-k8s.io',
  ];
  t.deepEqual(inRestoreOrder(order.toReversed()), order);
  t.false(isRestored('nodes') || isRestored('events') || isRestored('restores.velero.io'));
  t.true(isRestored('pods'));
});

const item = (name: string, namespace?: string, more: Json = {}): Json => ({
  ...more,
  metadata: {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(more['metadata'] as Json | undefined),
  },
});

test('A Restore takes what it names, and what that needs', (t) => {
  const archive = new Map<string, readonly Json[]>([
    ['persistentvolumes', [item('disk'), item('other')]],
    ['persistentvolumeclaims', [item('data', 'a', { spec: { volumeName: 'disk' } })]],
    ['radios.example.org', [item('north', 'a'), item('south', 'b')]],
    [
      'customresourcedefinitions.apiextensions.k8s.io',
      [item('radios.example.org'), item('unused.example.org')],
    ],
    ['nodes', [item('n')]],
  ]);
  const taken = (spec: object) =>
    selectItems(archive, restoreSpec(spec), TYPES).map(({ resource, items }) => [
      resource,
      items.map(({ metadata }) => (metadata as Json)['name']),
    ]);
  t.deepEqual(taken({ includedNamespaces: ['a'] }), [
    ['customresourcedefinitions.apiextensions.k8s.io', ['radios.example.org']],
    ['persistentvolumes', ['disk']],
    ['persistentvolumeclaims', ['data']],
    ['radios.example.org', ['north']],
  ]);
  t.deepEqual(taken({ includeClusterResources: false, includedResources: ['radios.example.org'] }), [
    ['radios.example.org', ['north', 'south']],
  ]);
  t.is(taken({}).length, 4, 'nodes are never restored');
  const deleted = item('gone', undefined, { spec: { persistentVolumeReclaimPolicy: 'Delete' } });
  t.deepEqual([...provisionedAnew(new Map([['persistentvolumes', [deleted, item('kept')]]]))], ['gone']);
});

test('A Restore names kinds that only its archive brings as if they were served already', (t) => {
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wi'] };
  const archive = new Map<string, readonly Json[]>([
    [
      'customresourcedefinitions.apiextensions.k8s.io',
      [item('widgets.example.org', undefined, { spec: { names } })],
    ],
    ['widgets.example.org', [item('w', 'a', { kind: 'Widget' })]],
    ['configmaps', [item('c', 'a', { kind: 'ConfigMap' })]],
  ]);
  const taken = (spec: object) =>
    selectItems(archive, restoreSpec(spec), TYPES).map(({ resource }) => resource.split('.')[0]);
  for (const name of ['widgets', 'widget', 'wi', 'Widgets', 'widgets.example.org']) {
    t.deepEqual(taken({ includedResources: [name, 'crd'] }), ['customresourcedefinitions', 'widgets'], name);
    t.deepEqual(taken({ excludedResources: [name, 'crd'] }), ['configmaps'], name);
  }
});

async function* from(...items: readonly { resource: string; version: string; object: Json }[]) {
  yield* items;
}

test('An archive is read back as it was written, long names too, and tar reads it the same', async (t) => {
  const long = 'n'.repeat(120);
  const pod = { resource: 'pods', version: 'v1', object: item('p', 'ns', { kind: 'Pod' }) };
  const namespace = { resource: 'namespaces', version: 'v1', object: item('ns') };
  const deployment = { resource: 'deployments.apps', version: 'v1', object: item(long, 'ns') };
  const bytes = await buffer(resourceArchive(from(pod, namespace, deployment), new Date(0)));
  const items = await readResourceArchive(Readable.from([bytes]));
  t.deepEqual(
    [...items],
    [
      ['pods', [pod.object]],
      ['namespaces', [namespace.object]],
      ['deployments.apps', [deployment.object]],
    ],
  );
  const path = join(await temporaryDirectory(t), 'b.tar.gz');
  await writeFile(path, bytes);
  const { stdout } = await promisify(execFile)('tar', ['-tzf', path]);
  t.deepEqual(stdout.trim().split('\n'), [
    'metadata/version',
    'resources/pods/namespaces/ns/p.json',
    'resources/pods/v1-preferredversion/namespaces/ns/p.json',
    'resources/namespaces/cluster/ns.json',
    'resources/namespaces/v1-preferredversion/cluster/ns.json',
    `resources/deployments.apps/namespaces/ns/${long}.json`,
    `resources/deployments.apps/v1-preferredversion/namespaces/ns/${long}.json`,
  ]);
});

test('An archive made by hand is read: unknown directories passed over, the later of two entries counts', async (t) => {
  const named = (value: string) => JSON.stringify({ metadata: { name: 'p' }, value });
  const archive = gzipSync(
    tarBytes([
      { name: 'metadata/version', content: '1.1.0\n' },
      { name: 'something/else', content: 'x' },
      { name: 'resources/pods/namespaces/ns/p.json', content: named('first') },
      { name: 'resources/pods/v1-preferredversion/namespaces/ns/p.json', content: 'not looked at' },
      { name: 'resources/pods/namespaces/ns/p.json', content: named('second') },
    ]),
  );
  const items = await readResourceArchive(Readable.from([archive]));
  t.deepEqual([...items], [['pods', [{ metadata: { name: 'p' }, value: 'second' }]]]);
});

const BROKEN: readonly (readonly [string, Buffer, RegExp])[] = [
  ['leads out of it', gzipSync(tarBytes([{ name: 'resources/../../x', content: 'x' }])), /leads out of it/],
  ['has an absolute name', gzipSync(tarBytes([{ name: '/etc/passwd', content: 'x' }])), /leads out of it/],
  [
    'is no JSON',
    gzipSync(tarBytes([{ name: 'resources/pods/namespaces/n/p.json', content: '{' }])),
    /is not JSON/,
  ],
  [
    'holds another object',
    gzipSync(
      tarBytes([{ name: 'resources/pods/namespaces/n/p.json', content: '{"metadata":{"name":"q"}}' }]),
    ),
    /does not hold the object it is named for/,
  ],
  [
    'is cut short',
    gzipSync(tarBytes([{ name: 'metadata/version', content: 'x' }], Buffer.alloc(0))),
    /cut short/,
  ],
];

for (const [what, archive, message] of BROKEN) {
  test(`An archive is refused that ${what}`, async (t) => {
    await t.throwsAsync(readResourceArchive(Readable.from([archive])), { message });
  });
}
