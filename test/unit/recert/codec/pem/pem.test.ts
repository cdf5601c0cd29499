import test from 'ava';
import * as fc from 'fast-check';
import { CodecError } from '../../../../../recert/codec/codec-error.ts';
import {
  encodePem,
  PEM_LABELS,
  parsePem,
  replacePemBlocks,
  scanPem,
  singlePemBlock,
} from '../../../../../recert/codec/pem/index.ts';
import { spliceText } from '../../../../../recert/codec/splice.ts';
import { fromLatin1, fromUtf8, latin1 } from '../../../../../recert/codec/text.ts';
import { growsLinearly } from '../processor-time.ts';

const der = fc.uint8Array({ maxLength: 400 });
const label = fc.constantFrom(...Object.values(PEM_LABELS), 'ENTITLEMENT DATA', 'X');
const layout = fc.record({
  lineWidth: fc.constantFrom(4, 32, 60, 64, 65, 76, 1000),
  newline: fc.constantFrom('\n' as const, '\r\n' as const),
  indent: fc.constantFrom('', '  ', '\t'),
});
/** Text that starts no block: no dash. */
const prose = fc
  .string({ unit: 'grapheme', maxLength: 60 })
  .map((text) => `# ${text.replaceAll('-', '_')}\n`);
const bundle = fc.array(fc.record({ before: prose, label, der, layout }), { maxLength: 5 });

function print(parts: readonly { before: string; label: string; der: Uint8Array; layout: object }[]): string {
  return parts.map((part) => part.before + encodePem(part.label, part.der, part.layout)).join('');
}

test('a bundle of any layout is read back block by block', (t) => {
  fc.assert(
    fc.property(bundle, prose, (parts, tail) => {
      const text = print(parts) + tail;
      const blocks = parsePem(text);
      t.deepEqual(
        blocks.map((block) => [block.label, Buffer.from(block.der), block.indent, block.newline]),
        parts.map((part) => [part.label, Buffer.from(part.der), part.layout.indent, part.layout.newline]),
      );
      for (const block of blocks) {
        t.true(text.slice(block.range.start, block.range.end).startsWith(`-----BEGIN ${block.label}-----`));
        t.true(text.slice(block.range.start, block.range.end).endsWith(`-----END ${block.label}-----`));
        t.is(block.line, text.slice(0, block.range.start).split('\n').length);
      }
    }),
  );
  t.pass();
});

test('replacing one block leaves all text outside it as it was', (t) => {
  fc.assert(
    fc.property(bundle, prose, der, fc.nat(), (parts, tail, replacement, pick) => {
      const text = print(parts) + tail;
      const blocks = parsePem(text);
      const old = blocks[pick % Math.max(blocks.length, 1)];
      if (old === undefined) return;
      const edited = replacePemBlocks(text, [{ index: old.index, der: replacement }]);
      const block = parsePem(edited)[old.index];
      if (block === undefined) return t.fail();
      t.deepEqual(Buffer.from(block.der), Buffer.from(replacement));
      t.is(block.newline, old.newline);
      const masked = spliceText(edited, [{ ...block.range, replacement: '' }], 'PEM');
      t.is(masked, spliceText(text, [{ ...old.range, replacement: '' }], 'PEM'));
    }),
  );
  t.pass();
});

test('giving every block its own content changes nothing, whatever the layout', (t) => {
  const odd = [
    'before\r\n-----BEGIN CERTIFICATE-----   \r\n\r\nAAEC\n AwQF \r\n-----END CERTIFICATE----- trailing words',
    '  -----BEGIN PRIVATE KEY-----\n  AAEC\n  -----END PRIVATE KEY-----',
  ];
  for (const text of odd) {
    const edits = parsePem(text).map((block) => ({ index: block.index, der: block.der }));
    t.is(edits.length, 1);
    t.is(replacePemBlocks(text, edits), text);
  }
});

test('new content keeps line width, line endings, indentation and a missing final newline', (t) => {
  const text = '# ca\r\n  -----BEGIN CERTIFICATE-----\r\n  AAECAwQF\r\n  BgcI\r\n  -----END CERTIFICATE-----';
  t.is(
    replacePemBlocks(text, [{ index: 0, der: Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9) }]),
    '# ca\r\n  -----BEGIN CERTIFICATE-----\r\n  CQkJCQkJ\r\n  CQkJCQkJ\r\n  -----END CERTIFICATE-----',
  );
});

test('a block on one line stays on one line when that was longer than the standard', (t) => {
  const one = (bytes: number): string =>
    encodePem('CERTIFICATE', new Uint8Array(bytes), { lineWidth: 10_000 });
  t.is(replacePemBlocks(one(600), [{ index: 0, der: new Uint8Array(700) }]), one(700));
  const short = encodePem('CERTIFICATE', new Uint8Array(10));
  t.is(
    replacePemBlocks(short, [{ index: 0, der: new Uint8Array(700) }]),
    encodePem('CERTIFICATE', new Uint8Array(700)),
  );
});

test('the same block twice is two blocks, edited one by one', (t) => {
  const one = encodePem('CERTIFICATE', Uint8Array.of(1));
  const two = encodePem('CERTIFICATE', Uint8Array.of(2));
  t.is(replacePemBlocks(one + one, [{ index: 1, der: Uint8Array.of(2) }]), one + two);
});

test('a new label stands in both lines', (t) => {
  const text = encodePem('RSA PRIVATE KEY', Uint8Array.of(1));
  t.is(
    replacePemBlocks(text, [{ index: 0, der: Uint8Array.of(1), label: 'PRIVATE KEY' }]),
    encodePem('PRIVATE KEY', Uint8Array.of(1)),
  );
});

test('headers are read, and a block with headers takes no new content', (t) => {
  const text =
    '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAEC\n-----END RSA PRIVATE KEY-----\n';
  const block = singlePemBlock(text);
  t.deepEqual(block.headers, [
    { name: 'Proc-Type', value: '4,ENCRYPTED' },
    { name: 'DEK-Info', value: 'AES-128-CBC,00' },
  ]);
  t.deepEqual(block.der, Uint8Array.of(0, 1, 2));
  const error = t.throws(() => replacePemBlocks(text, [{ index: 0, der: new Uint8Array() }]), {
    instanceOf: CodecError,
  });
  t.is(error?.code, 'invalid-value');
});

test('a broken block is reported with its line, and its neighbours are still read', (t) => {
  const good = encodePem('CERTIFICATE', Uint8Array.of(1, 2, 3));
  for (const [name, broken] of Object.entries({
    'no END line': '-----BEGIN CERTIFICATE-----\nAAEC\n',
    'wrong END line': '-----BEGIN CERTIFICATE-----\nAAEC\n-----END PRIVATE KEY-----\n',
    'no base64': '-----BEGIN CERTIFICATE-----\nA*EC\n-----END CERTIFICATE-----\n',
    'cut base64': '-----BEGIN CERTIFICATE-----\nAAE\n-----END CERTIFICATE-----\n',
    'padding in the middle': '-----BEGIN CERTIFICATE-----\nAA==\nAAEC\n-----END CERTIFICATE-----\n',
    'words after BEGIN': '-----BEGIN CERTIFICATE----- x\nAAEC\n-----END CERTIFICATE-----\n',
    'no label': '-----BEGIN -----\nAAEC\n-----END -----\n',
  })) {
    const { blocks, faults } = scanPem(`${good}${broken}${good}`);
    t.is(blocks.length, 2, name);
    t.is(faults.length, 1, name);
    t.is(faults[0]?.path, 'line 4', name);
    t.throws(() => parsePem(broken), { instanceOf: CodecError }, name);
    t.false(faults[0]?.message.includes('AAEC'), name);
  }
});

test('any text at all is scanned without a crash', (t) => {
  const piece = fc.constantFrom(
    '-----BEGIN A-----',
    '-----END A-----',
    '\n',
    '\r\n',
    'AAAA',
    '=',
    ' ',
    'a: b',
    '-----',
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      const { blocks } = scanPem(text);
      return (
        replacePemBlocks(
          text,
          blocks.map(({ index, der: same }) => ({ index, der: same })),
        ) === text
      );
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

test('hostile text takes linear time', (t) => {
  for (const piece of [
    '-----BEGIN A-----',
    '-----BEGIN A-----\n',
    '-----BEGIN A-----\nAAAA\n',
    '-----BEGIN ',
    '- ',
    '\n',
  ]) {
    t.true(
      growsLinearly((size) => scanPem(piece.repeat(size)), 50_000),
      piece,
    );
  }
});

test('text that is not UTF-8 around a block is kept when read as Latin-1', (t) => {
  const bytes = Uint8Array.of(0xe9, 0xff, 0x0a, ...fromUtf8(encodePem('CERTIFICATE', Uint8Array.of(1))));
  const edited = fromLatin1(replacePemBlocks(latin1(bytes), [{ index: 0, der: Uint8Array.of(2) }]));
  t.deepEqual(edited.subarray(0, 3), bytes.subarray(0, 3));
  t.is(edited.length, bytes.length);
});
