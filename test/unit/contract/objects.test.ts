import test from 'ava';
import { Objects, parseObjects, readObjects } from '../../../core/contract/objects.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const MAP = `apiVersion: v1
kind: ConfigMap
metadata: {name: extra, namespace: site}
data:
  images.txt: |
    registry.example/a:1
`;
const SECRET = `apiVersion: v1
kind: Secret
metadata: {name: seed-pull}
type: kubernetes.io/dockerconfigjson
data: {.dockerconfigjson: eyJhdXRocyI6e319}
stringData: {plain: text}
`;

test('ConfigMaps and Secrets are found by kind, namespace and name, in any file at any depth.', async (t) => {
  const host = new RecordingHost()
    .file('/var/lib/lca/objects/both.yaml', `${MAP}---\n${SECRET}---\n`)
    .file(
      '/var/lib/lca/objects/deep/er/list.yml',
      `kind: List\napiVersion: v1\nitems: [${JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'third' } })}]\n`,
    )
    .file('/var/lib/lca/objects/README.md', 'not an object')
    .file('/var/lib/lca/objects/.both.yaml.swp', 'an editor’s');
  const objects = await readObjects(host);
  t.is(
    objects.configMap({ name: 'extra', namespace: 'site' }, 'f').data['images.txt'],
    'registry.example/a:1\n',
  );
  t.deepEqual(objects.secret({ name: 'seed-pull', namespace: 'openshift-lifecycle-agent' }, 'f').data, {
    '.dockerconfigjson': '{"auths":{}}',
    plain: 'text',
  });
  t.is(
    objects.configMap({ name: 'third', namespace: 'openshift-lifecycle-agent' }, 'f').file,
    '/var/lib/lca/objects/deep/er/list.yml',
  );
});

test('No directory means no objects, and a missing one is named with the field that refers to it.', async (t) => {
  const none = await readObjects(new RecordingHost());
  t.throws(() => none.secret({ name: 'seed-pull', namespace: 'x' }, 'spec.seedImageRef.pullSecretRef'), {
    code: 'missing-reference',
    message: /spec\.seedImageRef\.pullSecretRef refers to Secret x\/seed-pull, which is not there/,
  });
  const near = new Objects(parseObjects(MAP, 'a.yaml'));
  t.throws(() => near.configMap({ name: 'extras', namespace: 'site' }, 'f'), {
    message: /did you mean ConfigMap site\/extra\?/,
  });
});

test('The same object twice is refused, naming both files.', async (t) => {
  const host = new RecordingHost()
    .file('/var/lib/lca/objects/a.yaml', MAP)
    .file('/var/lib/lca/objects/b.yaml', MAP);
  await t.throwsAsync(readObjects(host), {
    code: 'duplicate',
    message: /b\.yaml: ConfigMap site\/extra is given twice, here and in .*a\.yaml/,
  });
});

test('Anything else is refused with its place.', (t) => {
  t.throws(() => parseObjects(`${MAP}---\nkind: Pod\n`, 'a.yaml'), {
    code: 'unknown-kind',
    message: /^a\.yaml:8:1: /,
  });
  t.throws(() => parseObjects(MAP.replace('\ndata:', '\ndat:'), 'a.yaml'), {
    message: /a\.yaml:4:1: dat is not a field of a ConfigMap; did you mean data\?/,
  });
  t.throws(() => parseObjects(MAP.replace(/\|\n.*\n/, '4.10\n'), 'a.yaml'), {
    message: /data\.images\.txt must be a text, not a number/,
  });
});

test('A Secret’s value never appears in a message.', (t) => {
  const error = t.throws(() => parseObjects(SECRET.replace('eyJhdXRocyI6e319', '"hunter2 !"'), 's.yaml'));
  t.regex(error?.message ?? '', /must be base64/);
  t.notRegex(error?.message ?? '', /hunter2/);
});

test('binaryData of a ConfigMap is accepted and not taken for documents.', (t) => {
  const metadata = { name: 'content' };
  const binaryData = { key: Buffer.from('kind: Backup').toString('base64') };
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'a.yaml': 'x' }, binaryData };
  t.deepEqual(
    parseObjects(JSON.stringify(map), 'a.yaml').map(({ data }) => data),
    [{ 'a.yaml': 'x' }],
  );
});
