import test from 'ava';
import { referencesOf } from '../../../bootagent/cluster/mirror-objects.ts';
import { readRequestText, requestText } from '../../../bootagent/cluster/request-text.ts';
import { parseRequest } from '../../../core/contract/image-based-upgrade.ts';

const SEED = { version: '4.16.2', image: 'registry.example/seed:1' };
const asked = (
  spec: Record<string, unknown>,
  annotations: Record<string, string> = {},
  name = 'upgrade',
) => ({
  name,
  generation: 3,
  content: { spec: { stage: 'Idle', ...spec }, annotations },
});

test('A request made from a resource is one that the agent accepts', (t) => {
  const request = parseRequest(
    requestText(undefined, asked({ seedImageRef: SEED }, { 'lca.openshift.io/trigger-reconcile': '1' })),
  );
  t.is(request.apiVersion, 'lca.openshift.io/v1');
  t.is(request.generation, 3);
  t.is(request.seedImageRef?.version, '4.16.2');
  t.deepEqual(request.annotations, { 'lca.openshift.io/trigger-reconcile': '1' });
});

for (const [what, name, spec] of [
  ['a pull secret as plain text', 'upgrade', { seedImageRef: { ...SEED, pullSecretRef: 's' } }],
  ['a switch of the preview', 'upgrade', { autoRollbackOnFailure: { disabledInitMonitor: 'true' } }],
  [
    'a negative timeout',
    'upgrade',
    { autoRollbackOnFailure: { initMonitorTimeoutSeconds: -1 }, seedImageRef: SEED },
  ],
  ['a name of its own', 'example-upgrade', {}],
] as const) {
  test(`A request with ${what} is written as v1alpha1, which knows it`, (t) => {
    const request = parseRequest(requestText(undefined, asked(spec, {}, name)));
    t.is(request.apiVersion, 'lca.openshift.io/v1alpha1');
    t.is(request.name, name);
  });
}

test('Comments, order and annotations of others stay; what is the same is not touched at all', (t) => {
  const text = `# mine
apiVersion: lca.openshift.io/v1
kind: ImageBasedUpgrade
metadata:
  name: upgrade
  generation: 3
  annotations:
    example.com/a: kept
    lca.openshift.io/trigger-reconcile: '1'
spec:
  seedImageRef: # the good one
    version: 4.16.2
    image: registry.example/seed:1
  stage: Idle
`;
  const annotations = { 'lca.openshift.io/trigger-reconcile': '1' };
  t.is(requestText(text, asked({ seedImageRef: SEED }, annotations)), text);
  const changed = requestText(text, asked({ stage: 'Prep', seedImageRef: SEED }));
  t.regex(changed, /^# mine\n/);
  t.regex(changed, /# the good one/);
  t.deepEqual(readRequestText(changed)?.content, {
    spec: { stage: 'Prep', seedImageRef: SEED },
    annotations: {},
  });
  t.regex(changed, /example\.com\/a: kept/);
});

test('A file keeps its version as long as that can say it', (t) => {
  const text = requestText(undefined, asked({ seedImageRef: SEED })).replace('/v1', '/v1alpha1');
  t.regex(requestText(text, asked({ stage: 'Prep', seedImageRef: SEED })), /v1alpha1[^]*stage: Prep/);
  const v1 = text.replace('/v1alpha1', '/v1');
  const timeout = { initMonitorTimeoutSeconds: -1 };
  t.regex(requestText(v1, asked({ autoRollbackOnFailure: timeout })), /v1alpha1[^]*-1/);
});

test('A text that is no resource is not read', (t) => {
  for (const text of [
    '',
    'spec: [',
    'kind: Pod',
    'apiVersion: lca.openshift.io/v9\nkind: ImageBasedUpgrade\n',
  ])
    t.is(readRequestText(text), undefined);
});

test('The objects that a spec refers to are found, in the namespaces they are looked for', (t) => {
  const spec = {
    seedImageRef: { ...SEED, pullSecretRef: { name: 'pull' } },
    additionalImages: { name: '', namespace: '' },
    extraManifests: [{ name: 'm', namespace: 'n' }],
    oadpContent: [{ name: 'o', namespace: 'openshift-adp' }],
  };
  t.deepEqual(
    referencesOf(spec).map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
    ['Secret openshift-lifecycle-agent/pull', 'ConfigMap openshift-adp/o', 'ConfigMap n/m'],
  );
  t.deepEqual(referencesOf({ seedImageRef: 'x', oadpContent: 3, extraManifests: [null] }), []);
});
