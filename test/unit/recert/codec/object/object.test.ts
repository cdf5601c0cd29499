import test from 'ava';
import * as fc from 'fast-check';
import { cborHead } from '../../../../../recert/codec/cbor/index.ts';
import { CodecError } from '../../../../../recert/codec/codec-error.ts';
import { readAt } from '../../../../../recert/codec/nested/index.ts';
import {
  editFields,
  encodingOf,
  type FieldEdit,
  findFields,
  knowsKind,
  readObject,
} from '../../../../../recert/codec/object/index.ts';
import { concatBytes } from '../../../../../recert/codec/splice.ts';
import { fromUtf8, utf8 } from '../../../../../recert/codec/text.ts';
import { bytesField, envelope, mapFields, stringMap, varintField } from '../protobuf/sample-messages.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function cborString(content: string | Uint8Array, tag?: number): Uint8Array {
  const bytes = typeof content === 'string' ? fromUtf8(content) : content;
  const head = tag === undefined ? new Uint8Array() : cborHead(6, tag);
  return concatBytes([head, cborHead(2, bytes.length), bytes]);
}

function cborMap(members: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const sorted = Object.entries(members)
    .map(([key, value]) => [cborString(key), value] as const)
    .toSorted(([a], [b]) => Buffer.compare(a, b));
  return concatBytes([cborHead(5, sorted.length), ...sorted.flat()]);
}

type Data = Readonly<Record<string, Uint8Array>>;

/** The same Secret as the API server would store it in each encoding. */
const SECRET = {
  protobuf: (data: Data): Uint8Array =>
    envelope(
      'v1',
      'Secret',
      concatBytes([
        bytesField(1, concatBytes([bytesField(1, 'name'), bytesField(3, 'ns'), varintField(7, 4)])),
        mapFields(2, data),
        bytesField(3, 'Opaque'),
        bytesField(200, 'of a newer server'),
      ]),
    ),
  json: (data: Data): Uint8Array =>
    fromUtf8(
      `${JSON.stringify({
        kind: 'Secret',
        apiVersion: 'v1',
        metadata: { name: 'name', namespace: 'ns' },
        data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
        type: 'Opaque',
      })}\n`,
    ),
  cbor: (data: Data): Uint8Array =>
    concatBytes([
      Uint8Array.of(0xd9, 0xd9, 0xf7),
      cborMap({
        kind: cborString('Secret'),
        apiVersion: cborString('v1'),
        metadata: cborMap({ name: cborString('name'), namespace: cborString('ns') }),
        data: cborMap(
          Object.fromEntries(Object.entries(data).map(([key, value]) => [key, cborString(value, 22)])),
        ),
      }),
    ]),
} as const;
const ENCODINGS = Object.keys(SECRET) as (keyof typeof SECRET)[];

test('each encoding tells the same identity', (t) => {
  for (const encoding of ENCODINGS) {
    const bytes = SECRET[encoding]({});
    t.is(encodingOf(bytes), encoding);
    t.deepEqual(readObject(bytes), {
      encoding,
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: 'ns',
      name: 'name',
    });
  }
  t.is(encodingOf(fromUtf8('k8s:enc:aescbc:v1:k:xx')), 'encrypted');
  t.is(encodingOf(fromUtf8('172.30.0.1')), 'unknown');
  t.throws(() => readObject(fromUtf8('k8s:enc:aescbc:v1:k:xx')), { instanceOf: CodecError });
});

/** Keys with blanks in front sort otherwise in JSON only by chance; names as Kubernetes allows them. */
const data = fc.dictionary(fc.stringMatching(/^[a-z][a-z.-]{0,8}$/), fc.uint8Array({ maxLength: 60 }), {
  maxKeys: 5,
  noNullPrototype: true,
});

test('data are found as raw bytes under the same names in each encoding', (t) => {
  fc.assert(
    fc.property(data, fc.constantFrom(...ENCODINGS), (content, encoding) => {
      const bytes = SECRET[encoding](content);
      const found = findFields(bytes, 'data{*}');
      t.deepEqual(
        Object.fromEntries(found.map((field) => [field.path, Buffer.from(field.bytes)])),
        Object.fromEntries(
          Object.entries(content).map(([key, value]) => [`data{${key}}`, Buffer.from(value)]),
        ),
      );
      for (const field of found) {
        t.deepEqual(Buffer.from(readAt(bytes, field.steps)), Buffer.from(field.bytes));
        t.deepEqual(findFields(bytes, field.path), [field]);
      }
    }),
    { numRuns: 200 },
  );
});

test('setting values gives the object as if it had been written with them', (t) => {
  fc.assert(
    fc.property(
      data,
      fc.constantFrom(...ENCODINGS),
      fc.uint8Array({ maxLength: 80 }),
      fc.nat(),
      (content, encoding, value, pick) => {
        const keys = Object.keys(content);
        const key = keys[pick % Math.max(keys.length, 1)];
        if (key === undefined) return;
        const edited = editFields(SECRET[encoding](content), [{ path: `data{${key}}`, set: value }]);
        t.deepEqual(Buffer.from(edited), Buffer.from(SECRET[encoding]({ ...content, [key]: value })));
      },
    ),
    { numRuns: 200 },
  );
});

test('putting, removing and renaming reach the same object in each encoding', (t) => {
  fc.assert(
    fc.property(
      data,
      fc.constantFrom(...ENCODINGS),
      fc.uint8Array({ maxLength: 80 }),
      (content, encoding, value) => {
        const bytes = SECRET[encoding](content);
        const asMap = (object: Uint8Array): unknown =>
          Object.fromEntries(findFields(object, 'data{*}').map((field) => [field.path, base64(field.bytes)]));
        const put = editFields(bytes, [{ path: 'data{zz-new}', put: value }]);
        t.deepEqual(Buffer.from(put), Buffer.from(SECRET[encoding]({ ...content, 'zz-new': value })));
        t.deepEqual(asMap(editFields(put, [{ path: 'data{zz-new}', remove: true }])), asMap(bytes));
        const renamed = editFields(put, [{ path: 'data{zz-new}', renameKey: 'AA' }]);
        t.deepEqual(asMap(renamed), { ...(asMap(bytes) as object), 'data{AA}': base64(value) });
      },
    ),
    { numRuns: 200 },
  );
});

test('fields below lists and below what JSON shows inline are named as in JSON', (t) => {
  const hook = (bundle: string): Uint8Array => bytesField(2, bytesField(2, bytesField(2, bundle)));
  const webhooks = envelope(
    'admissionregistration.k8s.io/v1',
    'MutatingWebhookConfiguration',
    concatBytes([hook('a'), hook('b')]),
  );
  t.deepEqual(
    findFields(webhooks, 'webhooks[*].clientConfig.caBundle').map(({ path, bytes }) => [path, utf8(bytes)]),
    [
      ['webhooks[0].clientConfig.caBundle', 'a'],
      ['webhooks[1].clientConfig.caBundle', 'b'],
    ],
  );
  const one = envelope('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', hook('a'));
  t.is(findFields(one, 'webhooks[*].clientConfig.caBundle')[0]?.path, 'webhooks[0].clientConfig.caBundle');
  t.is(findFields(one, 'webhooks.clientConfig.caBundle')[0]?.path, 'webhooks[0].clientConfig.caBundle');
  const edited = editFields(one, [{ path: 'webhooks[0].clientConfig.caBundle', set: fromUtf8('c') }]);
  t.deepEqual(edited, envelope('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', hook('c')));

  const volume = envelope(
    'v1',
    'PersistentVolume',
    bytesField(2, bytesField(2, bytesField(20, bytesField(1, '/mnt')))),
  );
  t.deepEqual(
    findFields(volume, 'spec.local.path').map(({ path, bytes }) => [path, utf8(bytes)]),
    [['spec.local.path', '/mnt']],
  );
});

test('base64 of byte fields in JSON is undone by the table, and left to the caller where there is none', (t) => {
  const service = fromUtf8(
    '{"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService","metadata":{"name":"x"},"spec":{"caBundle":"QUJD"}}\n',
  );
  const [field] = findFields(service, 'spec.caBundle');
  t.is(utf8(field?.bytes ?? new Uint8Array()), 'ABC');
  t.deepEqual(field?.steps, [
    { lens: 'json', at: '/spec/caBundle' },
    { lens: 'base64', at: '' },
  ]);
  t.is(
    utf8(editFields(service, [{ path: 'spec.caBundle', set: fromUtf8('XYZ') }])),
    utf8(service).replace('QUJD', 'WFla'),
  );
  const custom = fromUtf8(
    '{"apiVersion":"machineconfiguration.openshift.io/v1","kind":"ControllerConfig","spec":{"rootCAData":"QUJD"}}',
  );
  t.is(utf8(findFields(custom, 'spec.rootCAData')[0]?.bytes ?? new Uint8Array()), 'QUJD');
});

test('annotations with dots and slashes in their keys are reached', (t) => {
  const annotations = { 'auth.openshift.io/certificate-not-after': fromUtf8('x'), 'a{b}': fromUtf8('y') };
  const bytes = envelope('v1', 'ConfigMap', bytesField(1, mapFields(12, annotations)));
  const edits: FieldEdit[] = [
    {
      path: 'metadata.annotations{auth.openshift.io/certificate-not-after}',
      set: fromUtf8('2036-01-01T00:00:00Z'),
    },
    { path: 'metadata.annotations{"a{b}"}', remove: true },
  ];
  t.deepEqual(
    editFields(bytes, edits),
    envelope(
      'v1',
      'ConfigMap',
      bytesField(
        1,
        mapFields(12, { 'auth.openshift.io/certificate-not-after': fromUtf8('2036-01-01T00:00:00Z') }),
      ),
    ),
  );
});

test('kinds without a table and names the table has not are refused by name', (t) => {
  t.false(knowsKind('example.com/v1', 'Secret'));
  t.true(knowsKind('apps/v1', 'Deployment'));
  const unknown = envelope('example.com/v1', 'Thing', new Uint8Array());
  t.is(t.throws(() => findFields(unknown, 'spec.x'), { instanceOf: CodecError })?.code, 'unknown-kind');
  const secret = SECRET.protobuf({});
  for (const path of ['nope', 'data[0]', 'type{x}', 'metadata', 'data{x', '', 'spec..x']) {
    t.is(
      t.throws(() => findFields(secret, path), { instanceOf: CodecError }, path)?.code,
      'invalid-path',
      path,
    );
  }
});

test('random maps of any keys survive in protobuf', (t) => {
  fc.assert(
    fc.property(stringMap, (content) => {
      const bytes = SECRET.protobuf(content);
      for (const { path, bytes: value } of findFields(bytes, 'data{*}')) {
        t.deepEqual(Buffer.from(editFields(bytes, [{ path, set: value }])), Buffer.from(bytes));
      }
    }),
    { numRuns: 100 },
  );
  t.pass();
});
