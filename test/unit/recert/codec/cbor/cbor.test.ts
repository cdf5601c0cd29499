import test from 'ava';
import * as fc from 'fast-check';
import {
  cborHead,
  cborStrings,
  editCbor,
  findCbor,
  isCbor,
  parseCbor,
} from '../../../../../recert/codec/cbor/index.ts';
import { CodecError } from '../../../../../recert/codec/codec-error.ts';
import { concatBytes } from '../../../../../recert/codec/splice.ts';
import { fromUtf8, utf8 } from '../../../../../recert/codec/text.ts';

const SELF = Uint8Array.of(0xd9, 0xd9, 0xf7);
const BREAK = Uint8Array.of(0xff);

function string(text: string | Uint8Array, major = 2): Uint8Array {
  const bytes = typeof text === 'string' ? fromUtf8(text) : text;
  return concatBytes([cborHead(major, bytes.length), bytes]);
}

function map(members: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const sorted = members
    .map(([key, value]) => [string(key), value] as const)
    .toSorted(([a], [b]) => Buffer.compare(a, b));
  return concatBytes([cborHead(5, members.length), ...sorted.flat()]);
}

/** Items of every kind, definite and not, tagged and not. */
const { item } = fc.letrec<{ item: Uint8Array }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.uint8Array({ maxLength: 40 }).map((bytes) => string(bytes)),
    fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => string(text, 3)),
    fc
      .array(fc.uint8Array({ maxLength: 10 }), { maxLength: 3 })
      .map((chunks) => concatBytes([Uint8Array.of(0x5f), ...chunks.map((chunk) => string(chunk)), BREAK])),
    fc.maxSafeNat().map((number) => cborHead(0, number)),
    fc
      .constantFrom('f4', 'f6', 'f93c00', 'fb3ff199999999999a', 'f8ff', '1903e8')
      .map((hex) => Uint8Array.from(Buffer.from(hex, 'hex'))),
    fc
      .array(tie('item'), { maxLength: 3 })
      .map((items) => concatBytes([cborHead(4, items.length), ...items])),
    fc
      .array(tie('item'), { maxLength: 3 })
      .map((items) => concatBytes([Uint8Array.of(0x9f), ...items, BREAK])),
    fc.array(fc.tuple(fc.stringMatching(/^[a-z]{0,4}$/), tie('item')), { maxLength: 3 }).map((members) => {
      const unique = [...new Map(members)];
      return concatBytes([
        Uint8Array.of(0xbf),
        ...unique.flatMap(([key, value]) => [string(key, 3), value]),
        BREAK,
      ]);
    }),
    fc
      .dictionary(fc.stringMatching(/^[a-z]{0,4}$/), tie('item'), { maxKeys: 3 })
      .map((members) => map(Object.entries(members))),
    tie('item').map((inner) => concatBytes([Uint8Array.of(0xd6), inner])),
  ),
}));

test('setting any string changes that string alone', (t) => {
  fc.assert(
    fc.property(item, fc.nat(), fc.uint8Array({ maxLength: 300 }), (bytes, pick, content) => {
      const strings = cborStrings(bytes);
      const target = strings[pick % Math.max(strings.length, 1)];
      if (target === undefined) return;
      const edited = editCbor(bytes, [{ pointer: target.pointer, set: content }]);
      t.deepEqual(
        cborStrings(edited).map(({ pointer, value, kind, tags }) => [
          pointer,
          Buffer.from(value),
          kind,
          tags,
        ]),
        strings.map(({ pointer, value, kind, tags }) => [
          pointer,
          Buffer.from(pointer === target.pointer ? content : value),
          kind,
          tags,
        ]),
      );
      t.deepEqual(edited.subarray(0, target.range.start), bytes.subarray(0, target.range.start));
      const tail = bytes.length - target.range.end;
      t.deepEqual(edited.subarray(edited.length - tail), bytes.subarray(bytes.length - tail));
      t.deepEqual(editCbor(bytes, [{ pointer: target.pointer, set: target.value }]), bytes);
    }),
    { numRuns: 500 },
  );
});

test('members are put in and taken out as if the map were written afresh', (t) => {
  const members = fc.dictionary(fc.stringMatching(/^[a-z.]{1,30}$/), item, { minKeys: 1, maxKeys: 30 });
  fc.assert(
    fc.property(members, fc.stringMatching(/^[a-z.]{1,30}$/), item, fc.nat(), (content, key, value, pick) => {
      const entries = Object.entries(content);
      const bytes = concatBytes([SELF, map([['data', map(entries)]])]);
      const name = entries[pick % entries.length]?.[0] as string;
      const rest = entries.filter(([other]) => other !== name);
      const inData = (inner: readonly (readonly [string, Uint8Array])[]): Buffer =>
        Buffer.from(concatBytes([SELF, map([['data', map(inner)]])]));
      t.deepEqual(Buffer.from(editCbor(bytes, [{ pointer: `/data/${name}`, remove: true }])), inData(rest));
      if (Object.hasOwn(content, key)) return;
      t.deepEqual(
        Buffer.from(editCbor(bytes, [{ pointer: `/data/${key}`, add: value }])),
        inData([...entries, [key, value]]),
      );
      t.deepEqual(
        Buffer.from(editCbor(bytes, [{ pointer: `/data/${name}`, renameKey: key }])),
        inData([...rest, [key, content[name] as Uint8Array]]),
      );
    }),
    { numRuns: 200 },
  );
});

test('patterns find every key and index, byte string keys and text keys alike', (t) => {
  const hook = (bundle: string): Uint8Array =>
    map([['clientConfig', map([['caBundle', concatBytes([Uint8Array.of(0xd6), string(bundle)])]])]]);
  const bytes = concatBytes([SELF, map([['webhooks', concatBytes([cborHead(4, 2), hook('a'), hook('b')])]])]);
  t.true(isCbor(bytes));
  t.deepEqual(
    findCbor(bytes, '/webhooks/*/clientConfig/caBundle').map(({ pointer, value, tags }) => [
      pointer,
      utf8(value),
      tags,
    ]),
    [
      ['/webhooks/0/clientConfig/caBundle', 'a', [22]],
      ['/webhooks/1/clientConfig/caBundle', 'b', [22]],
    ],
  );
});

test('a path that leads nowhere or twice is refused', (t) => {
  const bytes = concatBytes([cborHead(5, 2), string('a'), string('1'), string('a', 3), string('2')]);
  const code = (pointer: string): string | undefined =>
    t.throws(() => editCbor(bytes, [{ pointer, set: fromUtf8('x') }]), { instanceOf: CodecError })?.code;
  t.is(code('/b'), 'not-found');
  t.is(code('/a'), 'ambiguous');
  t.is(code('a'), 'invalid-path');
  t.is(code(''), 'invalid-value');
});

test('any bytes at all are read or refused with a place', (t) => {
  const damaged = fc.tuple(item, fc.nat(), fc.nat(255)).map(([bytes, at, value]) => {
    const copy = Uint8Array.from(bytes);
    copy[at % copy.length] = value;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), damaged), (bytes) => {
      try {
        const node = parseCbor(bytes);
        cborStrings(bytes);
        return node.end === bytes.length;
      } catch (error) {
        return error instanceof CodecError && error.offset !== undefined;
      }
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('huge counts and deep nesting are refused at once', (t) => {
  t.is(
    t.throws(() => parseCbor(Uint8Array.from(Buffer.from('9bffffffffffffffff', 'hex'))), {
      instanceOf: CodecError,
    })?.code,
    'truncated',
  );
  t.is(
    t.throws(() => parseCbor(Uint8Array.from(Buffer.from('5bffffffffffffffff', 'hex'))), {
      instanceOf: CodecError,
    })?.code,
    'truncated',
  );
  t.is(
    t.throws(() => parseCbor(new Uint8Array(100_000).fill(0x81)), { instanceOf: CodecError })?.code,
    'too-deep',
  );
  t.is(
    t.throws(() => parseCbor(new Uint8Array(100_000).fill(0xc1)), { instanceOf: CodecError })?.code,
    'too-deep',
  );
});
