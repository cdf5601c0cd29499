import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { applyManifests } from '../../bootagent/manifests/apply-manifests.ts';
import { inWaves, type ManifestObject } from '../../bootagent/manifests/manifest.ts';
import { ManifestError } from '../../bootagent/manifests/manifest-error.ts';
import { readManifests } from '../../bootagent/manifests/read-manifests.ts';
import { policyManifests } from '../../bootagent/manifests/read-policies.ts';
import { validateManifests } from '../../bootagent/manifests/validate-manifests.ts';
import { Objects, parseObjects } from '../../core/contract/objects.ts';
import { RealHost } from '../../core/host/real-host.ts';
import { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane/control-plane.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const REF = { name: 'extra', namespace: 'site' };
const MAP = '/api/v1/namespaces/default/configmaps/site';

function manifests(...documents: readonly object[]) {
  const map = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: REF,
    data: { all: documents.map((one) => JSON.stringify(one)).join('\n---\n') },
  };
  return readManifests(new Objects(parseObjects(JSON.stringify(map), 'extra.json')), [REF]);
}

const configMap = (name: string, data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});
const crd = (group: string, kind: string, plural: string, scope = 'Namespaced') => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope,
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

test('extra manifests against a real API server: what it says beforehand, what it is given, and when it is away', async (t) => {
  t.timeout(60 * 60_000);
  const directory = await temporaryDirectory(t);
  const start = (): Promise<ControlPlane> =>
    startControlPlane({ directory, name: 'node', controllerManager: false });
  let plane = await start();
  t.teardown(() => plane.stop());
  const client = await KubernetesClient.fromKubeconfig(new RealHost(), plane.adminKubeconfig);
  t.teardown(() => client.close());
  const host = new RealHost();
  const said: string[] = [];
  const apply = (
    objects: readonly ManifestObject[],
    budgetMs = 120_000,
    signal = new AbortController().signal,
  ) =>
    applyManifests(client, objects, { host, signal, budgetMs, report: async (text) => void said.push(text) });
  const applyAll = (...documents: readonly object[]) =>
    apply(
      inWaves(manifests(...documents))
        .flat()
        .map(({ object }) => object),
    );

  // validation: warnings and nothing kept
  const warnings = await validateManifests(
    client,
    manifests(
      configMap('fine', { a: 'b' }),
      configMap('lost', {}, { namespace: 'nowhere' }),
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'coming' } },
      configMap('placed', {}, { namespace: 'coming' }),
      { apiVersion: 'widgets.example/v1', kind: 'Widget', metadata: { name: 'w' } },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'bad' }, spec: { ports: [{ port: 99_999 }] } },
    ),
  );
  t.is(warnings.length, 3, warnings.join('\n'));
  t.is(
    warnings[0],
    'ConfigMap[lost] - namespace nowhere not found on cluster or not added in configmap in right order',
  );
  t.is(warnings[1], 'Widget[w] - CRD not deployed on cluster');
  t.regex(warnings[2] ?? '', /^Service\[bad\] - dryrun failed in namespace default: .*99999/);
  const get = (path: string) => plane.admin('GET', path);
  await t.throwsAsync(
    get('/api/v1/namespaces/default/configmaps/fine'),
    { message: /404/ },
    'nothing is kept',
  );
  const left = await get('/api/v1/namespaces/coming').catch(() => undefined);
  // without a controller manager a namespace that was deleted stays as it is going
  t.true(left === undefined || 'deletionTimestamp' in (left['metadata'] as object), 'nor the namespace');

  // waves: the CRD and the namespace come before what needs them, though they are written after it
  await applyAll(
    {
      apiVersion: 'widgets.example/v1',
      kind: 'Widget',
      metadata: { name: 'w', annotations: { 'lca.openshift.io/apply-wave': '3' } },
      spec: { size: 1 },
    },
    configMap(
      'in-it',
      { a: 'b' },
      { namespace: 'later', annotations: { 'lca.openshift.io/apply-wave': '2' } },
    ),
    {
      ...crd('widgets.example', 'Widget', 'widgets'),
      metadata: { name: 'widgets.widgets.example', annotations: { 'lca.openshift.io/apply-wave': '1' } },
    },
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'later', annotations: { 'lca.openshift.io/apply-wave': '1' } },
    },
  );
  t.is(
    ((await get('/apis/widgets.example/v1/namespaces/default/widgets/w'))['spec'] as { size: number }).size,
    1,
  );
  t.truthy(await get('/api/v1/namespaces/later/configmaps/in-it'));

  // replace, merge, and the value that was never meant: left alone
  const type = (value: string) => ({ annotations: { 'lca.openshift.io/apply-type': value } });
  const data = async () => (await get(MAP))['data'];
  await applyAll(configMap('site', { a: '1', b: '1' }));
  await applyAll(configMap('site', { b: '2', c: '2' }, type('merge')));
  t.deepEqual(await data(), { a: '1', b: '2', c: '2' });
  await applyAll(configMap('site', { z: '0' }, type('keep')));
  t.deepEqual(await data(), { a: '1', b: '2', c: '2' });
  await applyAll(configMap('site', { c: '3' }));
  t.deepEqual(await data(), { c: '3' });
  t.is(
    ((await get(MAP))['metadata'] as { annotations?: object }).annotations,
    undefined,
    'how it was applied is not kept',
  );

  // refused for good: at once, in the documented words, and what follows is not applied
  said.length = 0;
  const refused = await t.throwsAsync(
    applyAll(
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a-bad' }, spec: { ports: [{ port: 99_999 }] } },
      configMap('b-after', {}),
    ),
    { instanceOf: ManifestError },
  );
  t.is(refused.code, 'rejected');
  t.regex(
    refused.message,
    /^failed to apply manifest: failed to create manifest Service called a-bad: .*99999/,
  );
  await t.throwsAsync(get('/api/v1/namespaces/default/configmaps/b-after'), { message: /404/ });
  const unknown = await t.throwsAsync(
    applyAll({ apiVersion: 'no.example/v1', kind: 'Thing', metadata: { name: 'x' } }),
  );
  t.regex(
    unknown?.message ?? '',
    /failed to apply manifest: failed to get RESTMapping: no matches for kind "Thing" in version "no\.example\/v1"/,
  );
  t.deepEqual(said, [], 'nothing is tried again');

  // policies, as they are on a managed cluster
  t.deepEqual(await policyManifests(client, '4.16.2'), [], 'no policies are known yet');
  await applyAll(crd('policy.open-cluster-management.io', 'Policy', 'policies'), {
    apiVersion: 'policy.open-cluster-management.io/v1',
    kind: 'Policy',
    metadata: { name: 'ztp.catalog', annotations: { 'ran.openshift.io/ztp-deploy-wave': '1' } },
    spec: {
      remediationAction: 'inform',
      'policy-templates': [
        {
          objectDefinition: {
            kind: 'ConfigurationPolicy',
            spec: {
              'object-templates': [
                {
                  complianceType: 'musthave',
                  objectDefinition: configMap(
                    'site',
                    { d: '4' },
                    { labels: { 'lca.openshift.io/target-ocp-version': '4.16' } },
                  ),
                },
              ],
            },
          },
        },
      ],
    },
  }).catch(async (error: unknown) => {
    t.log(error);
    throw error;
  });
  const fromPolicies = await policyManifests(client, '4.16.2');
  await apply(fromPolicies.flat().map(({ object }) => object));
  t.deepEqual(await data(), { c: '3', d: '4' });

  // an API that is away: given up in time, stopped when told to, and gone on with when it is back
  await plane.stop();
  const late = inWaves(manifests(configMap('late', { a: 'b' })))
    .flat()
    .map(({ object }) => object);
  said.length = 0;
  const gaveUp = await t.throwsAsync(apply(late, 2_500), { instanceOf: ManifestError });
  t.is(gaveUp.code, 'gave-up');
  t.regex(
    gaveUp.message,
    /^failed to apply manifest: gave up ConfigMap late \(1\/1\) after \d+ tries: .*(cannot be reached|ECONNREFUSED|connection|refused)/i,
  );
  t.true(said.every((text) => /Failure occurred/.test(text)) && said.length > 0);
  const stop = new AbortController();
  const stopped = apply(late, 120_000, stop.signal);
  stop.abort(new Error('Idle is asked for'));
  await t.throwsAsync(stopped, { message: 'Idle is asked for' });
  const waiting = apply(late, 600_000);
  await delay(1_500);
  plane = await start();
  await waiting;
  t.truthy(await get('/api/v1/namespaces/default/configmaps/late'));
});
