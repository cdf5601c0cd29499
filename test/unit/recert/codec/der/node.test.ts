import test from 'ava';
import * as fc from 'fast-check';
import { CodecError } from '../../../../../recert/codec/codec-error.ts';
import {
  type DerNode,
  editDer,
  integer,
  integerOf,
  nodeAt,
  octetString,
  oid,
  oidOf,
  parseDer,
  parseDerPrefix,
  sequence,
  setOf,
  time,
  timeOf,
  tlv,
  utf8String,
} from '../../../../../recert/codec/der/index.ts';
import { concatBytes } from '../../../../../recert/codec/splice.ts';

/** Random element trees, some with lengths wider than needed. */
const { tree } = fc.letrec<{ tree: Uint8Array }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.uint8Array({ maxLength: 200 }).map((content) => octetString(content)),
    fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }).map((value) => integer(value)),
    fc.array(tie('tree'), { maxLength: 4 }).map((parts) => sequence(...parts)),
    fc.array(tie('tree'), { maxLength: 4 }).map((parts) => wide(concatBytes(parts))),
  ),
}));

function wide(content: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(0x31, 0x84, 0, 0, content.length >> 8, content.length & 255), content]);
}

function all(node: DerNode): readonly DerNode[] {
  return [node, ...node.children.flatMap(all)];
}

test('any tree of elements is read back, and its elements tile it without gaps', (t) => {
  fc.assert(
    fc.property(tree, (bytes) => {
      for (const node of all(parseDer(bytes))) {
        if (node.constructed) {
          let at = node.contentStart;
          for (const child of node.children) {
            if (child.start !== at) return false;
            at = child.end;
          }
          if (at !== node.end) return false;
        }
      }
      return true;
    }),
  );
  t.pass();
});

test('replacing an element with itself gives the same bytes, needless length octets included', (t) => {
  fc.assert(
    fc.property(tree, fc.nat(), (bytes, pick) => {
      const root = parseDer(bytes);
      const nodes = all(root);
      const node = nodes[pick % nodes.length] as DerNode;
      return Buffer.compare(editDer(root, [{ node, replacement: node.raw }]), bytes) === 0;
    }),
  );
  t.pass();
});

test('replacing one element changes no other element', (t) => {
  fc.assert(
    fc.property(tree, fc.nat(), fc.uint8Array({ maxLength: 300 }), (bytes, pick, content) => {
      const root = parseDer(bytes);
      const nodes = all(root);
      const node = nodes[pick % nodes.length] as DerNode;
      const replacement = octetString(content);
      const after = parseDer(editDer(root, [{ node, replacement }]));
      t.deepEqual(Buffer.from(nodeAt(after, node.path).raw), Buffer.from(replacement));
      for (const other of nodes) {
        const isAround = node.start >= other.start && node.end <= other.end;
        const isWithin = other.start >= node.start && other.end <= node.end;
        if (isAround || isWithin) continue;
        t.deepEqual(Buffer.from(nodeAt(after, other.path).raw), Buffer.from(other.raw));
      }
    }),
    { numRuns: 60 },
  );
});

test('any bytes at all are read or refused with a place, never anything else', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), damaged()), (bytes) => {
      try {
        for (const node of all(parseDer(bytes))) void node.raw;
      } catch (error) {
        return error instanceof CodecError && error.format === 'DER' && error.offset !== undefined;
      }
      return true;
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

function damaged(): fc.Arbitrary<Uint8Array> {
  return fc.tuple(tree, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([bytes, at, value]) => {
    const copy = Uint8Array.from(bytes);
    if (copy.length > 0) copy[at % copy.length] = value;
    return copy;
  });
}

test('the indefinite length form is refused by name', (t) => {
  const error = t.throws(() => parseDer(Uint8Array.of(0x30, 0x80, 0, 0)), { instanceOf: CodecError });
  t.is(error?.code, 'unsupported');
  t.regex(error?.message ?? '', /indefinite/);
});

test('bytes behind the element are refused, as are elements that end too early', (t) => {
  t.is(t.throws(() => parseDer(Uint8Array.of(5, 0, 0)), { instanceOf: CodecError })?.code, 'malformed');
  t.is(t.throws(() => parseDer(Uint8Array.of(4, 2, 0)), { instanceOf: CodecError })?.code, 'truncated');
  t.is(t.throws(() => parseDer(new Uint8Array()), { instanceOf: CodecError })?.code, 'truncated');
});

test('the first element of several is read by itself when asked for', (t) => {
  const first = sequence(integer(1));
  const root = parseDerPrefix(concatBytes([first, integer(2)]));
  t.deepEqual(root.raw, first);
  t.deepEqual(editDer(root, [{ node: root.child(0), replacement: integer(300) }]), sequence(integer(300)));
});

test('elements nested beyond reason are refused instead of filling the stack', (t) => {
  let bytes = octetString(Uint8Array.of(1));
  for (let depth = 0; depth < 200; depth += 1) bytes = sequence(bytes);
  const error = t.throws(() => all(parseDer(bytes)), { instanceOf: CodecError });
  t.is(error?.code, 'too-deep');
});

test('an element inside an OCTET STRING is edited with all lengths around it', (t) => {
  const root = parseDer(sequence(oid('2.5.29.14'), octetString(octetString(Uint8Array.of(1, 2, 3)))));
  const inner = nodeAt(root, [1, 'inside']);
  const edited = editDer(root, [{ node: inner, replacement: octetString(new Uint8Array(300)) }]);
  t.deepEqual(edited, sequence(oid('2.5.29.14'), octetString(octetString(new Uint8Array(300)))));
});

test('elements are removed and appended', (t) => {
  const root = parseDer(sequence(integer(1), integer(2)));
  const none = new Uint8Array();
  const edited = editDer(root, [
    { node: nodeAt(root, [0]), replacement: none },
    { node: root, append: utf8String('x') },
  ]);
  t.deepEqual(edited, sequence(integer(2), utf8String('x')));
});

test('edits that touch the same element, or another tree, are refused', (t) => {
  const root = parseDer(sequence(sequence(integer(1))));
  const outer = { node: nodeAt(root, [0]), replacement: integer(1) };
  const inner = { node: nodeAt(root, [0, 0]), replacement: integer(1) };
  for (const edits of [
    [outer, inner],
    [inner, outer],
    [outer, outer],
  ]) {
    t.is(t.throws(() => editDer(root, edits), { instanceOf: CodecError })?.code, 'overlap');
  }
  const foreign = { node: parseDer(integer(1)), replacement: integer(2) };
  t.is(t.throws(() => editDer(root, [foreign]), { instanceOf: CodecError })?.code, 'invalid-value');
});

test('numbers, object identifiers and times survive encoding and decoding', (t) => {
  fc.assert(fc.property(fc.bigInt(), (value) => integerOf(parseDer(integer(value))) === value));
  const arcs = fc.tuple(
    fc.constantFrom('0', '1', '2'),
    fc.nat(39),
    fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n })),
  );
  fc.assert(
    fc.property(arcs, ([first, second, rest]) => {
      const dotted = [first, second, ...rest.slice(0, 8)].join('.');
      return oidOf(parseDer(oid(dotted))) === dotted;
    }),
  );
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
      (date) => {
        const whole = new Date(Math.floor(date.getTime() / 1000) * 1000);
        return timeOf(parseDer(time(whole))).getTime() === whole.getTime();
      },
    ),
  );
  t.pass();
});

test('times change their type at 2050, as RFC 5280 asks', (t) => {
  t.deepEqual(time(new Date('2049-12-31T23:59:59Z')), tlv(0x17, Buffer.from('491231235959Z')));
  t.deepEqual(time(new Date('2050-01-01T00:00:00Z')), tlv(0x18, Buffer.from('20500101000000Z')));
  t.deepEqual(time(new Date('1950-01-01T00:00:00Z')), tlv(0x17, Buffer.from('500101000000Z')));
});

test('two-digit years mean 1950 to 2049', (t) => {
  const year = (digits: string): number =>
    timeOf(parseDer(tlv(0x17, Buffer.from(`${digits}0101000000Z`)))).getUTCFullYear();
  t.deepEqual(['49', '50', '00', '99'].map(year), [2049, 1950, 2000, 1999]);
});

test('an element cannot run past the one around it', (t) => {
  const root = parseDer(Uint8Array.of(0x30, 6, 0x30, 2, 4, 2, 5, 0));
  const error = t.throws(() => all(root), { instanceOf: CodecError });
  t.is(error?.code, 'truncated');
  t.is(error?.path, '/0/0');
});

test('several edits may come in any order', (t) => {
  const root = parseDer(sequence(integer(1), sequence(integer(2), integer(3)), integer(4)));
  const edits = ([[0], [1, 0], [1, 1], [2]] as const).map((path, i) => ({
    node: nodeAt(root, path),
    replacement: octetString(new Uint8Array(i * 100)),
  }));
  const [a, b, c, d] = edits.map(({ replacement }) => replacement) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const expected = sequence(a, sequence(b, c), d);
  t.deepEqual(editDer(root, edits), expected);
  t.deepEqual(editDer(root, edits.toReversed()), expected);
});

test('a moment that does not exist is refused', (t) => {
  for (const text of ['20260230000000Z', '20261301000000Z', '20260101240000Z', '20260101000000', 'never']) {
    t.throws(() => timeOf(parseDer(tlv(0x18, Buffer.from(text)))), { instanceOf: CodecError }, text);
  }
});

test('an unsigned number keeps its sign octet, and a SET OF is sorted', (t) => {
  t.deepEqual(integer(Uint8Array.of(0x80)), Uint8Array.of(2, 2, 0, 0x80));
  t.deepEqual(integer(Uint8Array.of(0, 0, 1)), Uint8Array.of(2, 1, 1));
  t.deepEqual(setOf(integer(2), integer(1)), Uint8Array.of(0x31, 6, 2, 1, 1, 2, 1, 2));
});
