import { readFileSync } from 'node:fs';
import test from 'ava';
import * as fc from 'fast-check';
import { CodecError } from '../../../../recert/codec/codec-error.ts';
import { discover, printSteps, readAt, writeAll } from '../../../../recert/codec/nested/index.ts';
import { editFields, findFields, knowsKind, readObject } from '../../../../recert/codec/object/index.ts';
import {
  editProtobuf,
  findProtobuf,
  isEnvelope,
  protobufLeaves,
} from '../../../../recert/codec/protobuf/index.ts';
import { spliceBytes } from '../../../../recert/codec/splice.ts';
import { utf8 } from '../../../../recert/codec/text.ts';

interface StoredValue {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly found: readonly string[];
}

const FIXTURE = new URL('../../../fixtures/stored-values/values.jsonl', import.meta.url);
const VALUES: readonly StoredValue[] = readFileSync(FIXTURE, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const { key, value, found } = JSON.parse(line) as { key: string; value: string; found: string[] };
    return { key, bytes: new Uint8Array(Buffer.from(value, 'base64')), found };
  });

test('crypto is found in the values of a real cluster at the known places', (t) => {
  for (const { key, bytes, found } of VALUES) {
    const discovery = discover(bytes);
    t.deepEqual(
      discovery.found.map(({ steps }) => printSteps(steps)),
      found,
      key,
    );
    t.deepEqual(discovery.faults, [], key);
  }
});

test('writing back everything that is found changes no byte', (t) => {
  for (const { key, bytes } of VALUES) {
    const edits = discover(bytes).found.map(({ steps, bytes: content }) => ({ steps, bytes: content }));
    t.deepEqual(Buffer.from(writeAll(bytes, edits)), Buffer.from(bytes), key);
  }
});

test('exchanging all crypto and exchanging it back gives the very bytes again', (t) => {
  for (const { key, bytes } of VALUES) {
    const { found } = discover(bytes);
    if (found.length === 0) continue;
    const pems = found.filter(({ kind }) => kind === 'pem');
    const other = writeAll(
      bytes,
      pems.map(({ steps }, i) => ({ steps, bytes: new Uint8Array(700 + i).fill(i + 1) })),
    );
    for (const [i, { steps }] of pems.entries()) t.is(readAt(other, steps).length, 700 + i, key);
    t.is(discover(other).found.length, found.length, key);
    const back = writeAll(
      other,
      pems.map(({ steps, bytes: content }) => ({ steps, bytes: content })),
    );
    t.deepEqual(Buffer.from(back), Buffer.from(bytes), key);
  }
});

test('every object says what its key says, and every kind with named fields is known', (t) => {
  for (const { key, bytes } of VALUES) {
    const { encoding, apiVersion, kind, namespace, name } = readObject(bytes);
    if (name === '') continue; // ranges and masterleases are nameless inside
    t.true(key.endsWith(namespace === '' ? `/${name}` : `/${namespace}/${name}`), key);
    const named =
      /\/(?:secrets|configmaps|pods|minions|leases|events|routes|deployments|daemonsets|statefulsets)\//;
    if (encoding === 'protobuf' && named.test(key)) t.true(knowsKind(apiVersion, kind), key);
  }
});

test('any leaf of any real protobuf value is exchanged and put back without a trace', (t) => {
  const values = VALUES.filter(({ bytes }) => isEnvelope(bytes));
  const leaves = new Map(values.map((value) => [value, protobufLeaves(value.bytes)]));
  fc.assert(
    fc.property(
      fc.constantFrom(...values),
      fc.nat(),
      fc.uint8Array({ maxLength: 300 }),
      (value, pick, content) => {
        const all = leaves.get(value) ?? [];
        const leaf = all[pick % all.length];
        if (leaf === undefined) return t.fail(value.key);
        const match = findProtobuf(value.bytes, leaf.path);
        t.deepEqual(
          match.map(({ range }) => range),
          [leaf.range],
          `${value.key} ${leaf.path}`,
        );
        if (leaf.path === 'contentEncoding') return;
        const edited = editProtobuf(value.bytes, [{ path: leaf.path, set: content }]);
        t.deepEqual(Buffer.from(findProtobuf(edited, leaf.path)[0]?.value ?? t.fail()), Buffer.from(content));
        const back = editProtobuf(edited, [{ path: leaf.path, set: leaf.value }]);
        t.deepEqual(Buffer.from(back), Buffer.from(value.bytes), `${value.key} ${leaf.path}`);
      },
    ),
    { numRuns: 300 },
  );
});

test('an edit of the same length differs from the old value in that field alone', (t) => {
  for (const { key, bytes } of VALUES) {
    if (!key.includes('/secrets/')) continue;
    for (const { path, bytes: value } of findFields(bytes, 'data{*}')) {
      const start = value.byteOffset - bytes.byteOffset;
      const replacement = value.map((byte) => byte ^ 1);
      const expected = spliceBytes(bytes, [{ start, end: start + value.length, replacement }], 'protobuf');
      t.deepEqual(
        Buffer.from(editFields(bytes, [{ path, set: replacement }])),
        Buffer.from(expected),
        `${key} ${path}`,
      );
    }
  }
});

test('names, addresses and hosts are read by name from real objects', (t) => {
  const read = (part: string, pattern: string): string[] => {
    const { bytes } = VALUES.find(({ key }) => key.includes(part)) ?? t.fail(part);
    return findFields(bytes, pattern).map((field) => utf8(field.bytes));
  };
  t.deepEqual(read('/minions/', 'status.addresses[*].address'), ['192.168.126.10', 'seed-node']);
  t.deepEqual(read('/pods/', 'spec.nodeName'), ['seed-node']);
  t.deepEqual(read('/endpointslices/default/', 'endpoints[*].addresses[*]'), ['192.168.126.10']);
  t.deepEqual(read('/openshift.io/routes/', 'spec.host'), ['console-openshift-console.apps.seed.redhat.com']);
  t.deepEqual(read('/certificatesigningrequests/csr-api', 'spec.signerName'), [
    'kubernetes.io/kube-apiserver-client',
  ]);
  t.regex(
    read('/apiregistration.k8s.io/apiservices/v1alpha1.', 'spec.caBundle')[0] ?? '',
    /^-----BEGIN CERTIFICATE-----/,
  );
  t.regex(
    read('/customresourcedefinitions/ledgers', 'spec.conversion.webhookClientConfig.caBundle')[0] ?? '',
    /^-----BEGIN/,
  );
  t.regex(read('/controllerrevisions/', 'data.raw')[0] ?? '', /^\{"spec":\{"template":/);
  t.true(read('/validatingwebhookconfigurations/', 'webhooks[*].clientConfig.caBundle').length > 0);
});

test('real values damaged anywhere are read or refused, never a crash', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...VALUES),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      (value, damages) => {
        const bytes = Uint8Array.from(value.bytes);
        for (const [at, octet] of damages) bytes[at % bytes.length] = octet;
        const { found } = discover(bytes);
        for (const { steps, bytes: content } of found) {
          t.deepEqual(Buffer.from(readAt(bytes, steps)), Buffer.from(content), printSteps(steps));
        }
        try {
          readObject(bytes);
          findFields(bytes, 'metadata.annotations{*}');
        } catch (error) {
          t.true(error instanceof CodecError, String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});
