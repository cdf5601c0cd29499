import test from 'ava';
import { inWaves, LAST_WAVE } from '../../../bootagent/manifests/manifest.ts';
import { ManifestError } from '../../../bootagent/manifests/manifest-error.ts';
import { readManifests } from '../../../bootagent/manifests/read-manifests.ts';
import {
  MANIFEST_DIRECTORIES,
  readStoredManifests,
  storeManifests,
} from '../../../bootagent/manifests/stored-manifests.ts';
import { Objects, parseObjects } from '../../../core/contract/objects.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const REF = { name: 'extra', namespace: 'site' };

function objects(data: Readonly<Record<string, string>>): Objects {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: REF, data };
  return new Objects(parseObjects(JSON.stringify(map), 'objects/extra.json'));
}

const manifest = (name: string, wave?: string, rest = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: n\n${
    wave === undefined ? '' : `  annotations: {lca.openshift.io/apply-wave: "${wave}"}\n`
  }${rest}`;

test('documents of all keys are read in order, empty ones passed over, a ConfigMap named twice once', (t) => {
  const found = readManifests(
    objects({
      b: manifest('third'),
      a: `# nothing but this\n---\n${manifest('first')}---\n${manifest('second')}---\n`,
    }),
    [REF, REF],
  );
  t.deepEqual(
    found.map(({ name, namespace, wave }) => [name, namespace, wave]),
    [
      ['first', 'n', LAST_WAVE],
      ['second', 'n', LAST_WAVE],
      ['third', 'n', LAST_WAVE],
    ],
  );
});

test('uid and resource version, which belong to an object that is gone, are left out', (t) => {
  const [found] = readManifests(
    objects({
      a: '{apiVersion: v1, kind: X, metadata: {name: x, uid: u, resourceVersion: "7", labels: {a: b}}}',
    }),
    [REF],
  );
  t.deepEqual(found?.object.metadata, { name: 'x', labels: { a: 'b' } });
});

const REFUSED: Readonly<Record<string, readonly [data: Record<string, string>, message: RegExp]>> = {
  'not YAML': [
    { bad: 'kind: [' },
    /^failed to validate extramanifest cms: failed to decode bad in the configMap extra: /,
  ],
  'without a kind': [
    { bad: 'apiVersion: v1' },
    /failed to decode bad in the configMap extra: document 1: kind/,
  ],
  'without a name': [{ a: '{apiVersion: v1, kind: Secret}' }, /cms: Secret resource name is empty$/],
  'a MachineConfig': [
    { a: '{apiVersion: machineconfiguration.openshift.io/v1, kind: MachineConfig, metadata: {name: m}}' },
    /cms: MachineConfig\[m\] in extramanifests is not allowed$/,
  ],
  'a Subscription': [
    { a: '{apiVersion: operators.coreos.com/v1alpha1, kind: Subscription, metadata: {name: s}}' },
    /cms: Subscription\[s\] in extramanifests is not allowed$/,
  ],
  'a wave that is no number': [{ a: manifest('x', 'first') }, /error convert: ConfigMap\[x\] has .*"first"/],
  'several things at once': [
    { a: '{apiVersion: v1, kind: Secret}', b: 'kind: [', c: '{apiVersion: v1, kind: Service}' },
    /cms: Secret resource name is empty; failed to decode b .*; Service resource name is empty$/,
  ],
};

for (const [what, [data, message]] of Object.entries(REFUSED)) {
  test(`a ConfigMap with ${what} is refused in the documented words`, (t) => {
    const error = t.throws(() => readManifests(objects(data), [REF]), { instanceOf: ManifestError });
    t.is(error.code, 'invalid');
    t.regex(error.message, message);
  });
}

test('kinds are forbidden in their own API only', (t) => {
  t.is(
    readManifests(
      objects({ a: '{apiVersion: messaging.example/v1, kind: Subscription, metadata: {name: s}}' }),
      [REF],
    ).length,
    1,
  );
});

test('a ConfigMap that is not there is refused in the documented words', (t) => {
  const error = t.throws(() => readManifests(objects({}), [{ name: 'other', namespace: 'site' }]));
  t.regex(
    error?.message ?? '',
    /^failed to validate extramanifest cms: the extraManifests configMap is not found, error: .*ConfigMap site\/other.*\. Please create the configMap\.$/,
  );
});

test('waves ascend, negative ones first and those without one last; within a wave names decide', (t) => {
  const found = readManifests(
    objects({
      a: [
        manifest('z'),
        manifest('b', '2'),
        manifest('c', '-1'),
        manifest('a', '2'),
        manifest('d', '10'),
      ].join('---\n'),
    }),
    [REF],
  );
  t.deepEqual(
    inWaves(found).map((group) => group.map(({ name }) => name)),
    [['c'], ['a', 'b'], ['d'], ['z']],
  );
});

test('stored manifests come back whole, in the order of numbers and not of texts', async (t) => {
  const host = new RecordingHost();
  const data = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [
      `k${String(i).padStart(2, '0')}`,
      manifest(`m${String(i).padStart(2, '0')}`, i < 11 ? '1' : '2', `data: {n: "${i}"}\n`),
    ]),
  );
  const groups = inWaves(readManifests(objects(data), [REF]));
  await storeManifests(host, MANIFEST_DIRECTORIES.extra, groups);
  t.true(host.files.has(`${MANIFEST_DIRECTORIES.extra}/group1/11_ConfigMap_m10_n.yaml`));
  const read = await readStoredManifests(host, MANIFEST_DIRECTORIES.extra);
  t.deepEqual(
    read,
    groups.flat().map(({ object }) => object),
  );
  await storeManifests(host, MANIFEST_DIRECTORIES.extra, []);
  t.deepEqual(await readStoredManifests(host, MANIFEST_DIRECTORIES.extra), []);
});
