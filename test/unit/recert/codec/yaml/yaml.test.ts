import test from 'ava';
import * as fc from 'fast-check';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { CodecError } from '../../../../../recert/codec/codec-error.ts';
import { encodePem } from '../../../../../recert/codec/pem/index.ts';
import { editYaml, findYaml, yamlStrings } from '../../../../../recert/codec/yaml/index.ts';

const PEM = encodePem('CERTIFICATE', new Uint8Array(100));
const OTHER = encodePem('CERTIFICATE', new Uint8Array(120).fill(7));

const KUBECONFIG = `# The cluster's own.
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTg==   # CA
    server: https://api.example.com:6443
  name:   "seed"
kind: Config
users:
- name: admin
  user: {client-certificate-data: QUJD, client-key-data: 'REVG', token: eyJ}
`;

test('a kubeconfig keeps comments, blanks, quotes and flow when its data change', (t) => {
  t.is(
    editYaml(KUBECONFIG, [
      { pointer: '/clusters/0/cluster/certificate-authority-data', string: 'TkVX' },
      { pointer: '/users/0/user/client-certificate-data', string: 'WFla' },
      { pointer: '/users/0/user/client-key-data', string: 'MTIz' },
      { pointer: '/clusters/0/name', string: 'target' },
    ]),
    KUBECONFIG.replace('LS0tLS1CRUdJTg==', 'TkVX')
      .replace('QUJD', 'WFla')
      .replace('REVG', 'MTIz')
      .replace('"seed"', '"target"'),
  );
});

test('a block literal stays one, with its indentation, header comment and what follows', (t) => {
  const indented = (pem: string): string => pem.trimEnd().replaceAll(/^/gm, '      ');
  const text = (pem: string): string => `data:\n  a: | # bundle\n${indented(pem)}\n\n  # next\n  b: 1\n`;
  t.is(findYaml(text(PEM), '/data/a')[0]?.value, PEM);
  t.is(editYaml(text(PEM), [{ pointer: '/data/a', string: OTHER }]), text(OTHER));
});

test('block literals change their chomping with the final newlines', (t) => {
  for (const header of ['|', '|-', '|+', '>', '>-', '|2', '|2-']) {
    for (const value of ['one', 'one\n', 'one\n\n', 'one\n\ntwo\n', '\n\none\n', 'a\n  b\n c']) {
      for (const tail of ['', '\n', '\n\n', '\nb: 2\n', '\n\n# c\nb: 2\n']) {
        const text = `a: ${header}\n  old${tail}`;
        const edited = editYaml(text, [{ pointer: '/a', string: value }]);
        t.is((parse(edited) as { a: string }).a, value, JSON.stringify({ text, value, edited }));
        if (tail.includes('b:')) t.true(edited.endsWith(tail.trimStart()), JSON.stringify({ text, edited }));
      }
    }
  }
});

test('CRLF files keep their line ends', (t) => {
  const text = 'a: |\r\n  one\r\n  two\r\nb: x # c\r\n';
  t.is(
    editYaml(text, [{ pointer: '/a', string: 'three\nfour\n' }]),
    'a: |\r\n  three\r\n  four\r\nb: x # c\r\n',
  );
});

test('texts that would be read as something else get quotes', (t) => {
  for (const value of [
    'true',
    'no',
    '1',
    '1e3',
    '0x1F',
    '~',
    'null',
    '',
    ' a',
    'a ',
    'a: b',
    'a #b',
    '- a',
    '*a',
    '@a',
    '12:30',
    '2026-01-01',
    '=',
    'é',
    'a\tb',
    'a\nb',
    '\u2028',
    '\ud83d\ude00',
    '\u0007',
    '<<',
    '---',
    '...',
    '? a',
    "it's",
    '"q"',
    '[a]',
    'a,b',
    'y',
  ]) {
    for (const text of [
      'a: old # c\nb: 1\n',
      'a: [x, {b: old}, y]\n',
      "a: 'old'\n",
      'a: "old"\n',
      '- old\n',
      '{"a": "old"}\n',
    ]) {
      const [target] = findYaml(text, '/a')
        .filter(({ kind }) => kind === 'string')
        .concat(findYaml(text, '/a/1/b'), findYaml(text, '/0'));
      if (target === undefined) return t.fail(text);
      const edited = editYaml(text, [{ pointer: target.pointer, string: value }]);
      t.is(findYaml(edited, target.pointer)[0]?.value, value, edited);
      t.is(findYaml(edited, target.pointer)[0]?.kind, 'string', edited);
      t.true(edited.startsWith(text.slice(0, target.range.start)));
      t.true(edited.endsWith(text.slice(target.range.end)), edited);
      for (const version of ['1.1', '1.2'] as const) {
        const [document] = parseAllDocuments(edited, { version });
        t.true(JSON.stringify(document?.toJS()).includes(JSON.stringify(value)), `${version}: ${edited}`);
      }
    }
  }
});

const value = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc
    .array(fc.string({ unit: 'grapheme-ascii', maxLength: 12 }), { maxLength: 5 })
    .map((lines) => lines.join('\n')),
  fc.constantFrom(PEM, OTHER, 'plain', 'TUlJ'),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    value,
    fc.integer(),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z.-]{1,8}$/), tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const layout = fc.record({
  defaultStringType: fc.constantFrom(
    'PLAIN' as const,
    'QUOTE_DOUBLE' as const,
    'QUOTE_SINGLE' as const,
    'BLOCK_LITERAL' as const,
  ),
  indent: fc.constantFrom(2, 4),
  indentSeq: fc.boolean(),
  collectionStyle: fc.constantFrom('any' as const, 'flow' as const),
  lineWidth: fc.constantFrom(0, 80),
});

test('random documents in random styles hold the new strings, and the old ones everywhere else', (t) => {
  fc.assert(
    fc.property(tree, layout, value, fc.nat(), (content, style, string, pick) => {
      const text = `# head\n${stringify(content, style)}`;
      // The library writes a few texts that it cannot read.
      if (parseAllDocuments(text).some(({ errors }) => errors.length > 0)) return;
      const strings = yamlStrings(text);
      const target = strings[pick % Math.max(strings.length, 1)];
      if (target === undefined) return;
      const edited = editYaml(text, [{ pointer: target.pointer, string }]);
      const expected = strings.map((match) => [
        match.pointer,
        match.pointer === target.pointer ? string : match.value,
      ]);
      t.deepEqual(
        yamlStrings(edited).map((match) => [match.pointer, match.value]),
        expected,
      );
      t.true(edited.startsWith(text.slice(0, target.range.start)));
      t.is(editYaml(text, [{ pointer: target.pointer, string: target.value }]), text);
    }),
    { numRuns: 500 },
  );
});

test('several scalars change at once, each in its own style', (t) => {
  const strings = fc.array(value, { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(strings, (news) => {
      const text = 'a: |\n  one\n  two\nb: plain # c\nc: [x, \'y\']\nd: "z"\ne: >-\n  folded\n  text\n';
      const pointers = ['/a', '/b', '/c/0', '/c/1', '/d', '/e'];
      const edited = editYaml(
        text,
        pointers.map((pointer, i) => ({ pointer, string: news[i] ?? '' })),
      );
      t.deepEqual(
        yamlStrings(edited).map((match) => match.value),
        news,
        edited,
      );
      t.true(edited.includes(' # c\n'));
    }),
    { numRuns: 150 },
  );
});

test('several documents are addressed by number', (t) => {
  const text = 'a: x\n---\na: y # two\n...\n---\n- z\n';
  t.deepEqual(
    yamlStrings(text).map(({ pointer, value: string }) => [pointer, string]),
    [
      ['/a', 'x'],
      ['#1/a', 'y'],
      ['#2/0', 'z'],
    ],
  );
  t.is(editYaml(text, [{ pointer: '#1/a', string: 'w' }]), text.replace('y #', 'w #'));
});

test('anchors, tags and aliases stay, and an alias is not edited', (t) => {
  const text = 'a: &x !!str one\nb: *x\nc: !!binary |\n  QUJD\n  REVG\n';
  t.is(editYaml(text, [{ pointer: '/a', string: 'two' }]), text.replace('one', 'two'));
  t.is(
    t.throws(() => editYaml(text, [{ pointer: '/b', string: 'two' }]), { instanceOf: CodecError })?.code,
    'unsupported',
  );
});

test('a pointer that leads nowhere or twice is refused', (t) => {
  const code = (text: string, pointer: string): string | undefined =>
    t.throws(() => editYaml(text, [{ pointer, string: 'x' }]), { instanceOf: CodecError })?.code;
  t.is(code('a: 1\n', '/b'), 'not-found');
  t.is(code('a: 1\na: 2\n', '/a'), 'ambiguous');
  t.is(code('a: [1]\n', '/a'), 'unsupported');
  t.is(code('a: 1\n', 'a'), 'invalid-path');
});

test('text that is no YAML is refused with its line, and deep nesting does not crash', (t) => {
  const error = t.throws(() => yamlStrings('a: 1\nb: [\n'), { instanceOf: CodecError });
  t.is(error?.code, 'malformed');
  t.regex(error?.path ?? '', /^line \d+$/);
  t.throws(() => yamlStrings('['.repeat(20_000)), { instanceOf: CodecError });
});

test('any text at all is read or refused', (t) => {
  const piece = fc.constantFrom(
    'a: ',
    'b',
    '\n',
    '  ',
    '- ',
    '|',
    '|-\n',
    '>',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ',',
    '#',
    '&a ',
    '*a',
    '!t ',
    '---\n',
    '? ',
    '%',
    '\t',
    'é',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 15 }), value, (pieces, string) => {
      const text = pieces.join('');
      try {
        for (const { pointer } of yamlStrings(text)) editYaml(text, [{ pointer, string }]);
      } catch (error) {
        return error instanceof CodecError;
      }
      return true;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
