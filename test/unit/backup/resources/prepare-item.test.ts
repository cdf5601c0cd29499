import test from 'ava';
import { mergePatch } from '../../../../bootagent/backup/resources/existing.ts';
import type { Json } from '../../../../bootagent/backup/resources/json.ts';
import {
  type ItemContext,
  labelValue,
  prepareItem,
  stripped,
} from '../../../../bootagent/backup/resources/prepare-item.ts';

const CONTEXT: ItemContext = {
  namespaceMapping: { old: 'new' },
  preserveNodePorts: false,
  backupName: 'b',
  restoreName: 'r',
  provisionedAnew: new Set(['anew']),
};
const LABELS = { 'velero.io/backup-name': 'b', 'velero.io/restore-name': 'r' };

function prepared(resource: string, item: Json, context: Partial<ItemContext> = {}): Json {
  const result = prepareItem(resource, { metadata: { name: 'x' }, ...item }, { ...CONTEXT, ...context });
  if ('leftOut' in result) throw new Error(result.leftOut);
  return result.item;
}

test('Metadata keeps what a user gives; status, identity and owners go; the archived item stays as it was', (t) => {
  const kept = { name: 'x', namespace: 'n', labels: { a: 'b' }, annotations: { c: 'd' }, finalizers: ['f'] };
  const gone = {
    generateName: 'x-',
    selfLink: '/x',
    uid: 'u',
    resourceVersion: '1',
    generation: 2,
    creationTimestamp: 't',
    deletionTimestamp: 't',
    deletionGracePeriodSeconds: 1,
    ownerReferences: [{}],
    managedFields: [{}],
  };
  const item = {
    kind: 'X',
    metadata: { ...kept, ...gone },
    spec: { deep: { a: 1 } },
    status: { ready: true },
  };
  const copy = structuredClone(item);
  t.deepEqual(stripped(item), { kind: 'X', metadata: kept, spec: { deep: { a: 1 } } });
  t.deepEqual(item, copy);
});

test('Items get the restore’s labels and their namespace’s new name', (t) => {
  const item = prepared('configmaps', { metadata: { name: 'x', namespace: 'old', labels: { a: 'b' } } });
  t.deepEqual(item['metadata'], { name: 'x', namespace: 'new', labels: { a: 'b', ...LABELS } });
});

test('A name of more than 63 characters is cut, with six digits of its digest', (t) => {
  const long = 'a'.repeat(64);
  // printf %064d | tr 0 a | sha256sum
  t.is(labelValue(long), `${'a'.repeat(57)}ffe054`);
  t.is(labelValue('a'.repeat(63)), 'a'.repeat(63));
});

const LEFT_OUT: readonly (readonly [resource: string, item: Json])[] = [
  ['jobs.batch', { status: { completionTime: '2026-01-01T00:00:00Z' } }],
  ['pods', { status: { phase: 'Succeeded' } }],
  ['pods', { status: { phase: 'Failed' } }],
  ['pods', { metadata: { name: 'x', annotations: { 'kubernetes.io/config.mirror': '1' } } }],
  ['persistentvolumes', { metadata: { name: 'anew' } }],
  [
    'secrets',
    {
      type: 'kubernetes.io/service-account-token',
      metadata: { name: 'sa-token-abc', annotations: { 'kubernetes.io/service-account.name': 'sa' } },
    },
  ],
  [
    'apiservices.apiregistration.k8s.io',
    { metadata: { name: 'x', labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } } },
  ],
];

for (const [resource, item] of LEFT_OUT) {
  test(`Left out: ${resource} ${JSON.stringify(item)}`, (t) => {
    t.true('leftOut' in prepareItem(resource, { metadata: { name: 'x' }, ...item }, CONTEXT));
  });
}

test('A Service loses addresses and ports that the cluster chose, and keeps those that its owner did', (t) => {
  const ports = [
    { name: 'a', port: 1, protocol: 'TCP', nodePort: 30001 },
    { name: 'b', port: 2, protocol: 'TCP', nodePort: 30002 },
  ];
  const spec = { type: 'NodePort', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ports };
  const without = ({ name, port, protocol }: (typeof ports)[number]) => ({ name, port, protocol });
  const [a, b] = ports as [(typeof ports)[0], (typeof ports)[0]];
  const specOf = (item: Json, context = {}) =>
    prepared('services', { spec, ...item }, context)['spec'] as Json;
  t.deepEqual(specOf({}), { type: 'NodePort', ports: [without(a), without(b)] });
  t.deepEqual(specOf({}, { preserveNodePorts: true })['ports'], ports);
  const applied = JSON.stringify({ spec: { ports: [{ name: 'a', port: 1, nodePort: 30001 }] } });
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': applied };
  t.deepEqual(specOf({ metadata: { name: 'x', annotations } })['ports'], [a, without(b)]);
  const owned = { 'f:spec': { 'f:ports': { 'k:{"port":2,"protocol":"TCP"}': { 'f:nodePort': {} } } } };
  const managedFields = [{ manager: 'kubectl', fieldsV1: owned }];
  t.deepEqual(specOf({ metadata: { name: 'x', managedFields } })['ports'], [without(a), b]);
  t.deepEqual(
    specOf({ metadata: { name: 'x', managedFields, annotations } })['ports'],
    [a, without(b)],
    'managed fields count only without the annotation',
  );
  t.is(specOf({ spec: { ...spec, clusterIP: 'None' } })['clusterIP'], 'None');
  const external = { type: 'ExternalName', externalName: 'e.example', clusterIP: 'x' };
  t.deepEqual(specOf({ spec: external }), external);
});

test('A Service loses the port of health checks that the cluster chose, and keeps the one that its owner did', (t) => {
  const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31000 };
  const portOf = (metadata: Json, context = {}) =>
    (prepared('services', { spec, metadata: { name: 'x', ...metadata } }, context)['spec'] as Json)[
      'healthCheckNodePort'
    ];
  const applied = (written: Json) => ({
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: written }) },
  });
  const managedFields = [{ fieldsV1: { 'f:spec': { 'f:healthCheckNodePort': {} } } }];
  t.is(portOf({}), undefined);
  t.is(portOf(applied({})), undefined);
  t.is(
    portOf({ ...applied({}), managedFields }),
    undefined,
    'managed fields count only without the annotation',
  );
  t.is(portOf(applied({ healthCheckNodePort: 31000 })), 31000);
  t.is(portOf({ managedFields }), 31000);
  t.is(portOf({}, { preserveNodePorts: true }), 31000);
});

test('A Pod forgets its node, its priority and the token it was given', (t) => {
  const spec = {
    nodeName: 'n',
    priority: 5,
    serviceAccountName: 'sa',
    volumes: [{ name: 'sa-token-abc' }, { name: 'data' }],
    containers: [{ name: 'c', volumeMounts: [{ name: 'sa-token-abc' }, { name: 'data' }] }],
  };
  t.deepEqual(prepared('pods', { spec })['spec'], {
    serviceAccountName: 'sa',
    volumes: [{ name: 'data' }],
    containers: [{ name: 'c', volumeMounts: [{ name: 'data' }] }],
  });
});

test('Claims and volumes forget whom they were bound to, and a claim a volume that is made anew', (t) => {
  const annotations = { 'pv.kubernetes.io/bind-completed': 'yes', own: 'kept' };
  const claim = (volumeName: string) =>
    prepared('persistentvolumeclaims', { metadata: { name: 'x', annotations }, spec: { volumeName } });
  t.deepEqual(claim('retained')['spec'], { volumeName: 'retained' });
  t.deepEqual(claim('anew')['spec'], {});
  t.deepEqual((claim('anew')['metadata'] as Json)['annotations'], { own: 'kept' });
  const claimRef = { name: 'c', namespace: 'old', uid: 'u', resourceVersion: '1' };
  t.deepEqual(prepared('persistentvolumes', { spec: { claimRef } })['spec'], {
    claimRef: { name: 'c', namespace: 'new' },
  });
});

test('Accounts, tokens, bindings, jobs, definitions and webhooks follow their rules', (t) => {
  const secrets = [{ name: 'x-token-1' }, { name: 'own' }];
  t.deepEqual(prepared('serviceaccounts', { secrets })['secrets'], [{ name: 'own' }]);
  const token = {
    type: 'kubernetes.io/service-account-token',
    metadata: {
      name: 'by-hand',
      annotations: { 'kubernetes.io/service-account.name': 'sa', 'kubernetes.io/service-account.uid': 'u' },
    },
    data: { token: 't', 'ca.crt': 'c', own: 'o' },
  };
  t.deepEqual(prepared('secrets', token)['data'], { own: 'o' });
  const subjects = [
    { kind: 'ServiceAccount', namespace: 'old' },
    { kind: 'User', name: 'u' },
  ];
  t.deepEqual(prepared('rolebindings.rbac.authorization.k8s.io', { subjects })['subjects'], [
    { kind: 'ServiceAccount', namespace: 'new' },
    { kind: 'User', name: 'u' },
  ]);
  const labels = { 'controller-uid': 'u', 'batch.kubernetes.io/controller-uid': 'u', a: 'b' };
  const job = { spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } } };
  t.deepEqual(prepared('jobs.batch', job)['spec'], {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } } },
  });
  const definition = {
    spec: { preserveUnknownFields: true, versions: [{ schema: { openAPIV3Schema: { type: 'object' } } }] },
  };
  t.deepEqual(prepared('customresourcedefinitions.apiextensions.k8s.io', definition)['spec'], {
    preserveUnknownFields: false,
    versions: [
      { schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } },
    ],
  });
  const webhooks = [{ sideEffects: 'Some' }, { sideEffects: 'NoneOnDryRun' }, {}];
  t.deepEqual(
    prepared('validatingwebhookconfigurations.admissionregistration.k8s.io', { webhooks })['webhooks'],
    [{ sideEffects: 'None' }, { sideEffects: 'NoneOnDryRun' }, { sideEffects: 'None' }],
  );
});

test('A merge patch removes what is not wanted, and names only what differs', (t) => {
  t.deepEqual(mergePatch({ a: 1, b: { c: 1, d: 2 }, e: [1] }, { b: { c: 1, d: 3 }, e: [2], f: {} }), {
    a: null,
    b: { d: 3 },
    e: [2],
    f: {},
  });
  t.deepEqual(mergePatch({ a: { b: [1, 2] } }, { a: { b: [1, 2] } }), {});
});
