import test from 'ava';
import * as fc from 'fast-check';
import { CodecError } from '../../../../../recert/codec/codec-error.ts';
import {
  editProtobuf,
  findProtobuf,
  locateProtobuf,
  parseProtobufPath,
  printProtobufPath,
  protobufLeaves,
  readEnvelope,
  readFields,
  varint,
  type WireField,
} from '../../../../../recert/codec/protobuf/index.ts';
import { concatBytes, spliceBytes } from '../../../../../recert/codec/splice.ts';
import { fromUtf8, utf8 } from '../../../../../recert/codec/text.ts';
import { growsLinearly } from '../processor-time.ts';
import { bytesField, envelope, mapFields, message, stringMap, varintField } from './sample-messages.ts';

const METADATA = concatBytes([
  bytesField(1, 'name'),
  bytesField(2, ''),
  bytesField(3, 'ns'),
  bytesField(8, ''),
]);

function secret(
  data: Readonly<Record<string, Uint8Array>>,
  unknown: Uint8Array = new Uint8Array(),
): Uint8Array {
  return envelope(
    'v1',
    'Secret',
    concatBytes([bytesField(1, METADATA), mapFields(2, data), bytesField(3, 'Opaque'), unknown]),
  );
}

test('the fields of any message tile it without gaps', (t) => {
  fc.assert(
    fc.property(message, (bytes) => {
      let at = 0;
      for (const field of readFields(bytes)) {
        if (field.start !== at || field.end < field.contentEnd) return false;
        at = field.end;
      }
      return at === bytes.length;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

/** Paths of all fields that can be edited, down to a depth. */
function paths(bytes: Uint8Array, field: WireField | undefined, prefix: string): string[] {
  const fields = readFields(bytes, field?.contentStart ?? 0, field?.contentEnd ?? bytes.length);
  const seen = new Map<number, number>();
  return fields.flatMap((inner) => {
    const index = seen.get(inner.number) ?? 0;
    seen.set(inner.number, index + 1);
    const here = `${prefix}${inner.number}[${index}]`;
    if (inner.wireType === 3) return [];
    if (inner.wireType !== 2 || prefix.length > 30) return [here];
    try {
      return [here, ...paths(bytes, inner, `${here}.`)];
    } catch {
      return [here];
    }
  });
}

test('setting any field of any message changes that field and the lengths around it, nothing else', (t) => {
  fc.assert(
    fc.property(message, fc.nat(), fc.uint8Array({ maxLength: 300 }), (bytes, pick, content) => {
      const all = paths(bytes, undefined, '');
      const path = all[pick % Math.max(all.length, 1)];
      if (path === undefined) return;
      const [before] = findProtobuf(bytes, path);
      if (before === undefined) return t.fail();
      let edited: Uint8Array;
      try {
        edited = editProtobuf(bytes, [{ path, set: content }]);
      } catch (error) {
        t.true(error instanceof CodecError && error.code === 'invalid-value', String(error));
        return;
      }
      const [after] = findProtobuf(edited, path);
      t.deepEqual(Buffer.from(after?.value ?? t.fail()), Buffer.from(content));
      const restored = editProtobuf(edited, [{ path, set: before.value }]);
      t.deepEqual(skeleton(restored), skeleton(bytes));
    }),
    { numRuns: 500 },
  );
  t.pass();
});

/** A message with all lengths taken minimal: what two messages that differ only in length padding share. */
function skeleton(bytes: Uint8Array, depth = 0): string {
  const parts = readFields(bytes).map((field) => {
    const content = bytes.subarray(field.contentStart, field.contentEnd);
    let inner = Buffer.from(content).toString('hex');
    if (field.wireType === 2 && depth < 10) {
      try {
        inner = skeleton(content, depth + 1);
      } catch {
        // no message
      }
    }
    return `${field.number}:${field.wireType}:${inner}`;
  });
  return `(${parts.join(',')})`;
}

test('an edit that keeps the length changes exactly the bytes of the field', (t) => {
  fc.assert(
    fc.property(message, fc.nat(), (bytes, pick) => {
      const all = paths(bytes, undefined, '');
      const path = all[pick % Math.max(all.length, 1)];
      if (path === undefined) return;
      const [match] = findProtobuf(bytes, path);
      if (match === undefined) return t.fail();
      const flipped = match.value.map((byte) => (byte ^ 1) & 0xff);
      const expected = spliceBytes(bytes, [{ ...match.range, replacement: flipped }], 'protobuf');
      t.deepEqual(Buffer.from(editProtobuf(bytes, [{ path, set: flipped }])), Buffer.from(expected));
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('values of a map are found by key, and setting several at once gives what writing them afresh gives', (t) => {
  fc.assert(
    fc.property(stringMap, stringMap, (data, news) => {
      const bytes = secret(data);
      const found = findProtobuf(bytes, 'raw.2{*}');
      t.is(found.length, Object.keys(data).length);
      for (const match of found) t.deepEqual(findProtobuf(bytes, match.path), [match]);
      const edits = Object.entries(news).map(([key, put]) => ({
        path: `raw.2{${JSON.stringify(key)}}`,
        put,
      }));
      t.deepEqual(Buffer.from(editProtobuf(bytes, edits)), Buffer.from(secret({ ...data, ...news })));
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('removing and renaming entries gives what writing the map afresh gives', (t) => {
  fc.assert(
    fc.property(stringMap, fc.string({ unit: 'grapheme', maxLength: 12 }), fc.nat(), (data, newKey, pick) => {
      const keys = Object.keys(data);
      const key = keys[pick % Math.max(keys.length, 1)];
      if (key === undefined) return;
      const bytes = secret(data, bytesField(99, 'unknown'));
      const path = `raw.2{${JSON.stringify(key)}}`;
      const { [key]: value, ...rest } = data;
      t.deepEqual(
        Buffer.from(editProtobuf(bytes, [{ path, remove: true }])),
        Buffer.from(secret(rest, bytesField(99, 'unknown'))),
      );
      if (Object.hasOwn(data, newKey)) {
        t.throws(() => editProtobuf(bytes, [{ path, renameKey: newKey }]), { instanceOf: CodecError });
        return;
      }
      t.deepEqual(
        Buffer.from(editProtobuf(bytes, [{ path, renameKey: newKey }])),
        Buffer.from(secret({ ...rest, [newKey]: value as Uint8Array }, bytesField(99, 'unknown'))),
      );
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('unknown fields, odd order and padded numbers survive an edit', (t) => {
  const tail = concatBytes([
    varintField(500, 7, 9),
    bytesField(1, 'second metadata?', 5),
    bytesField(77, 'new'),
  ]);
  const object = concatBytes([
    bytesField(9, 'odd', 3),
    mapFields(2, { a: fromUtf8('old'), b: fromUtf8('kept') }),
    tail,
  ]);
  const wrapped = (inner: Uint8Array) =>
    concatBytes([fromUtf8('k8s\0'), bytesField(4, ''), bytesField(2, inner, 5), varintField(12, 1, 4)]);
  const changed = concatBytes([
    bytesField(9, 'odd', 3),
    mapFields(2, { a: new Uint8Array(200), b: fromUtf8('kept') }),
    tail,
  ]);
  t.deepEqual(
    Buffer.from(editProtobuf(wrapped(object), [{ path: 'raw.2{a}', set: new Uint8Array(200) }])),
    Buffer.from(wrapped(changed)),
  );
});

test('repeated fields are edited by index, appended, and refused without an index', (t) => {
  const hooks = [1, 2].map((n) => bytesField(2, bytesField(2, bytesField(2, `bundle ${n}`))));
  const bytes = envelope(
    'admissionregistration.k8s.io/v1',
    'MutatingWebhookConfiguration',
    concatBytes(hooks),
  );
  t.deepEqual(
    findProtobuf(bytes, 'raw.2.2.2').map(({ path, value }) => [path, utf8(value)]),
    [
      ['raw.2[0].2.2', 'bundle 1'],
      ['raw.2[1].2.2', 'bundle 2'],
    ],
  );
  const edited = editProtobuf(bytes, [
    { path: 'raw.2[1].2.2', set: fromUtf8('x') },
    { path: 'raw.2', add: bytesField(1, 'third') },
  ]);
  t.deepEqual(
    findProtobuf(edited, 'raw.2[*].2.2').map(({ value }) => utf8(value)),
    ['bundle 1', 'x'],
  );
  t.is(findProtobuf(edited, 'raw.2').length, 3);
  const error = t.throws(() => editProtobuf(bytes, [{ path: 'raw.2.2.2', set: fromUtf8('x') }]), {
    instanceOf: CodecError,
  });
  t.is(error?.code, 'ambiguous');
});

test('a missing field is put where Kubernetes would write it', (t) => {
  const bytes = concatBytes([bytesField(1, 'a'), bytesField(5, 'e')]);
  t.deepEqual(
    editProtobuf(bytes, [{ path: '3', put: fromUtf8('c') }]),
    concatBytes([bytesField(1, 'a'), bytesField(3, 'c'), bytesField(5, 'e')]),
  );
  t.deepEqual(editProtobuf(new Uint8Array(), [{ path: '3', put: fromUtf8('c') }]), bytesField(3, 'c'));
  const empty = bytesField(2, '');
  t.deepEqual(editProtobuf(empty, [{ path: '2{k}', put: fromUtf8('v') }]).length > empty.length, true);
});

test('numbers are edited as numbers and nothing else', (t) => {
  const bytes = concatBytes([varintField(7, 1), bytesField(8, 'x')]);
  t.deepEqual(
    editProtobuf(bytes, [{ path: '7', set: varint(300) }]),
    concatBytes([varintField(7, 300), bytesField(8, 'x')]),
  );
  const error = t.throws(() => editProtobuf(bytes, [{ path: '7', set: fromUtf8('xyz') }]), {
    instanceOf: CodecError,
  });
  t.is(error?.code, 'invalid-value');
  t.is(t.throws(() => findProtobuf(bytes, '7.1'), { instanceOf: CodecError })?.code, 'not-found');
});

test('edits that touch the same bytes are refused', (t) => {
  const bytes = bytesField(1, bytesField(2, 'x'));
  const set = fromUtf8('longer');
  const both = [
    { path: '1', set },
    { path: '1.2', set },
  ];
  t.is(t.throws(() => editProtobuf(bytes, both), { instanceOf: CodecError })?.code, 'overlap');
});

test('any bytes at all are read or refused with a place', (t) => {
  const damaged = fc.tuple(message, fc.nat(), fc.nat(255)).map(([bytes, at, value]) => {
    const copy = Uint8Array.from(bytes);
    if (copy.length > 0) copy[at % copy.length] = value;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), damaged), (bytes) => {
      try {
        const wrapped = envelope('v1', 'Secret', bytes);
        findProtobuf(wrapped, 'raw.2{*}');
        protobufLeaves(bytes);
        readFields(bytes);
      } catch (error) {
        return error instanceof CodecError && error.format === 'protobuf';
      }
      return true;
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

test('groups nested beyond reason are refused instead of filling the stack', (t) => {
  const bytes = concatBytes(Array.from({ length: 100_000 }, () => varint(1 * 8 + 3)));
  t.is(t.throws(() => readFields(bytes), { instanceOf: CodecError })?.code, 'too-deep');
});

test('a map of many entries is edited, and a value of many fields searched, in linear time', (t) => {
  const edit = (size: number): void => {
    const data = Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, new Uint8Array(20)]));
    const edits = Object.keys(data)
      .slice(0, 20)
      .map((key) => ({ path: `raw.2{${key}}`, set: new Uint8Array(21) }));
    editProtobuf(secret(data), edits);
  };
  t.true(growsLinearly(edit, 2000));
  const deep = (size: number): Uint8Array => {
    let bytes: Uint8Array = concatBytes(Array.from({ length: size }, () => bytesField(1, 'x')));
    for (let depth = 0; depth < 100; depth += 1) bytes = bytesField(3, bytes);
    return bytes;
  };
  t.true(growsLinearly((size) => protobufLeaves(deep(size)), 1000));
  t.true(
    growsLinearly(
      (size) => protobufLeaves(concatBytes(Array.from({ length: size }, () => bytesField(1, 'x')))),
      10_000,
    ),
  );
});

test('the envelope is read, and a compressed object is refused', (t) => {
  t.like(readEnvelope(secret({})), {
    apiVersion: 'v1',
    kind: 'Secret',
    contentEncoding: '',
    contentType: '',
  });
  const packed = concatBytes([fromUtf8('k8s\0'), bytesField(2, ''), bytesField(3, 'gzip')]);
  t.is(t.throws(() => findProtobuf(packed, 'raw.2'), { instanceOf: CodecError })?.code, 'unsupported');
  t.is(t.throws(() => protobufLeaves(packed), { instanceOf: CodecError })?.code, 'unsupported');
  const odd = concatBytes([fromUtf8('k8s\0'), bytesField(2, bytesField(1, 'x')), varintField(3, 0)]);
  t.is(findProtobuf(odd, 'raw.1').length, 1);
  t.throws(() => readEnvelope(fromUtf8('{"kind":"Secret"}')), { instanceOf: CodecError });
  t.is(t.throws(() => findProtobuf(secret({}), '2'), { instanceOf: CodecError })?.code, 'invalid-path');
});

test('paths survive printing and reading', (t) => {
  const select = fc.oneof(
    fc.constant({ by: 'field' as const }),
    fc.constant({ by: 'every-occurrence' as const }),
    fc.constant({ by: 'every-value' as const }),
    fc.nat(9999).map((index) => ({ by: 'index' as const, index })),
    fc.string({ unit: 'grapheme' }).map((key) => ({ by: 'key' as const, key })),
  );
  const steps = fc.array(fc.record({ number: fc.integer({ min: 1, max: 999 }), select }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(steps, (list) => {
      t.deepEqual(parseProtobufPath(printProtobufPath({ envelope: false, steps: list })).steps, list);
      const raw = [{ number: 2, select: { by: 'field' as const } }, ...list];
      t.deepEqual(parseProtobufPath(printProtobufPath({ envelope: true, steps: raw })), {
        envelope: true,
        steps: raw,
      });
    }),
  );
  for (const bad of [
    '',
    '.',
    '2.',
    '2..3',
    'row.2',
    '2.raw',
    '2[',
    '2[a]',
    '2{',
    '2{"}',
    'raw 2',
    '2{a"b}',
  ]) {
    t.is(t.throws(() => parseProtobufPath(bad), { instanceOf: CodecError }, bad)?.code, 'invalid-path');
  }
});

test('repeated messages that only look like map entries are told apart by index', (t) => {
  const subject = (kind: string, name: string): Uint8Array =>
    bytesField(1, concatBytes([bytesField(1, kind), bytesField(2, bytesField(1, name, 2))]));
  const bytes = envelope(
    'v1',
    'Thing',
    bytesField(2, concatBytes([subject('User', 'a\x01'), subject('User', 'b\x01')])),
  );
  const leaves = protobufLeaves(bytes);
  for (const { path, range } of leaves) {
    t.deepEqual(
      findProtobuf(bytes, path).map((match) => match.range),
      [range],
      path,
    );
  }
  t.true(leaves.some(({ value }) => utf8(value) === 'b\x01'));
});

test('leaves are found without a schema, under paths that edit them', (t) => {
  const value = fc.oneof(
    fc.constantFrom(
      '-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n',
      '{"a":[1]}',
      'plain',
      '',
    ),
    fc.string({ unit: 'grapheme' }).filter((text) => !text.startsWith('\n')),
  );
  const keys = fc.stringMatching(/^[-._a-zA-Z0-9]{1,20}$/);
  fc.assert(
    fc.property(fc.dictionary(keys, value, { maxKeys: 5 }), (texts) => {
      const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, fromUtf8(text)]));
      const bytes = secret(data);
      const leaves = protobufLeaves(bytes);
      for (const leaf of leaves) t.deepEqual(findProtobuf(bytes, leaf.path)[0]?.range, leaf.range);
      for (const [key, text] of Object.entries(texts)) {
        const leaf = leaves.find(({ path }) => path === `raw.2{${key}}`);
        if (leaf === undefined || /[\0-\x1f]/.test(text)) continue;
        t.is(utf8(leaf.value), text);
        if (text !== '') t.is(locateProtobuf(bytes, leaf.range.start), leaf.path);
      }
    }),
    { numRuns: 300 },
  );
});
