import test from 'ava';
import * as fc from 'fast-check';
import { CodecError } from '../../../../../recert/codec/codec-error.ts';
import {
  editJson,
  findJson,
  type JsonEdit,
  jsonStrings,
  parseJson,
} from '../../../../../recert/codec/json/index.ts';
import { parsePointer, printPointer } from '../../../../../recert/codec/json/pointer.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const key = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => text !== '__proto__');
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(key, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** JSON text in a layout no serialiser would give: odd blanks, odd escapes, odd numbers. */
function print(value: Json, random: () => number): string {
  const blank = (): string => ['', '', ' ', '\n  ', '\t', '\r\n'][random() % 6] ?? '';
  const text = (string: string): string =>
    `"${string
      .split('')
      .map((c) => {
        const plain = JSON.stringify(c).slice(1, -1);
        const odd = random() % 6 === 0 || /[\ud800-\udfff]/.test(c);
        return odd && random() % 2 === 0
          ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
          : c === '/' && odd
            ? '\\/'
            : plain;
      })
      .join('')}"`;
  const one = (inner: Json): string => {
    if (typeof inner === 'string') return text(inner);
    if (typeof inner === 'number') return random() % 4 === 0 ? `${inner}.0e+0` : String(inner);
    if (Array.isArray(inner))
      return `[${inner.map((item) => blank() + one(item) + blank()).join(',')}${blank()}]`;
    if (inner === null || typeof inner !== 'object') return String(inner);
    const members = Object.entries(inner).map(
      ([name, item]) => `${blank()}${text(name)}${blank()}:${blank()}${one(item)}${blank()}`,
    );
    return `{${members.join(',')}${blank()}}`;
  };
  return blank() + one(value) + blank();
}

const document = fc
  .tuple(json, fc.array(fc.nat(1000), { minLength: 50, maxLength: 50 }))
  .map(([value, numbers]) => {
    let at = 0;
    const text = print(value, () => numbers[at++ % numbers.length] ?? 0);
    return { value: JSON.parse(text) as Json, text };
  });

function stringsOf(value: Json, pointer = ''): [string, string][] {
  if (typeof value === 'string') return [[pointer, value]];
  if (Array.isArray(value)) return value.flatMap((item, i) => stringsOf(item, `${pointer}/${i}`));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, item]) => stringsOf(item, pointer + printPointer([name])));
}

function setAt(value: Json, segments: readonly string[], replacement: Json): Json {
  const [first, ...rest] = segments;
  if (first === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item, i) => (String(i) === first ? setAt(item, rest, replacement) : item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      name === first ? setAt(item, rest, replacement) : item,
    ]),
  );
}

test('every string of any document is found under its pointer', (t) => {
  fc.assert(
    fc.property(document, ({ value, text }) => {
      const found = jsonStrings(text);
      t.deepEqual(
        Object.fromEntries(found.map(({ pointer, value: string }) => [pointer, string])),
        Object.fromEntries(stringsOf(value)),
      );
      for (const { range, value: string } of found)
        t.is(JSON.parse(text.slice(range.start, range.end)), string);
    }),
    { numRuns: 500 },
  );
});

test('setting any string gives the document with that string, and no other character changes', (t) => {
  fc.assert(
    fc.property(document, fc.string({ unit: 'grapheme' }), fc.nat(), ({ value, text }, string, pick) => {
      const strings = jsonStrings(text);
      const target = strings[pick % Math.max(strings.length, 1)];
      if (target === undefined) return;
      const edited = editJson(text, [{ pointer: target.pointer, string }]);
      t.deepEqual(JSON.parse(edited), setAt(value, parsePointer(target.pointer, 'JSON'), string));
      t.true(edited.startsWith(text.slice(0, target.range.start)));
      t.true(edited.endsWith(text.slice(target.range.end)));
      t.is(editJson(text, [{ pointer: target.pointer, string: target.value }]), text);
    }),
    { numRuns: 500 },
  );
});

test('all strings at once, each with more behind it, keep the spelling of what they had', (t) => {
  fc.assert(
    fc.property(document, ({ value, text }) => {
      const edits = jsonStrings(text).map(({ pointer, value: string }) => ({
        pointer,
        string: `${string}+`,
      }));
      const append = (inner: Json): Json => {
        if (typeof inner === 'string') return `${inner}+`;
        if (Array.isArray(inner)) return inner.map(append);
        if (inner === null || typeof inner !== 'object') return inner;
        return Object.fromEntries(Object.entries(inner).map(([name, item]) => [name, append(item)]));
      };
      const edited = editJson(text, edits);
      t.deepEqual(JSON.parse(edited), append(value));
      t.is(edited.length, text.length + edits.length);
    }),
    { numRuns: 300 },
  );
});

test('members and items are removed and added, whatever the layout', (t) => {
  fc.assert(
    fc.property(document, fc.nat(), ({ value, text }, pick) => {
      const places = allPointers(value);
      const pointer = places[pick % Math.max(places.length, 1)];
      if (pointer === undefined) return;
      const segments = parsePointer(pointer, 'JSON');
      const edited = editJson(text, [{ pointer, remove: true }]);
      t.deepEqual(JSON.parse(edited), withoutAt(value, segments), `${text} without ${pointer}`);
      const parent = printPointer(segments.slice(0, -1));
      const [match] = findJson(text, parent === '' ? '' : parent.replaceAll('*', '*'));
      const isArray = match?.kind === 'array';
      const name = isArray ? '-' : 'a new key';
      const added = JSON.parse(editJson(text, [{ pointer: `${parent}/${name}`, add: '[1]' }])) as Json;
      const [inner] = findJson(
        JSON.stringify(added),
        isArray
          ? `${parent}/${(match?.value ?? '') === '' ? 0 : lengthAt(value, segments.slice(0, -1))}`
          : `${parent}/${name}`,
      );
      if (!parent.includes('*')) t.is(inner?.value, '[1]');
    }),
    { numRuns: 500 },
  );
});

function lengthAt(value: Json, segments: readonly string[]): number {
  let inner: Json | undefined = value;
  for (const segment of segments) inner = (inner as { [key: string]: Json })[segment];
  return (inner as Json[]).length;
}

function allPointers(value: Json, pointer = ''): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, item]) => {
    const here = pointer + printPointer([name]);
    return [here, ...allPointers(item, here)];
  });
}

function withoutAt(value: Json, segments: readonly string[]): Json {
  const [first, ...rest] = segments as [string, ...string[]];
  if (Array.isArray(value)) {
    return value.flatMap((item, i) =>
      String(i) !== first ? [item] : rest.length === 0 ? [] : [withoutAt(item, rest)],
    );
  }
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([name, item]) =>
      name !== first
        ? [[name, item as Json]]
        : rest.length === 0
          ? []
          : [[name, withoutAt(item as Json, rest)]],
    ),
  ) as Json;
}

test('several removals and changes mean the text as it was given', (t) => {
  const text = '{ "list": [1, 2, "three", 4],\n  "a": "x", "b": {"c": 1} }';
  const edits: JsonEdit[] = [
    { pointer: '/list/0', remove: true },
    { pointer: '/list/3', remove: true },
    { pointer: '/list/2', string: 'THREE' },
    { pointer: '/b/c', json: '1.50' },
    { pointer: '/b/d', add: 'null' },
    { pointer: '/a', remove: true },
  ];
  t.is(editJson(text, edits), '{ "list": [2, "THREE"],\n  "b": {"c": 1.50,"d": null} }');
});

test('an added member is laid out like its neighbours', (t) => {
  t.is(
    editJson('{\n  "a": 1,\n  "b": 2\n}\n', [{ pointer: '/c', add: '3' }]),
    '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n',
  );
  t.is(editJson('{"a":1}', [{ pointer: '/c', add: '3' }]), '{"a":1,"c":3}');
  t.is(editJson('{}', [{ pointer: '/c', add: '3' }]), '{"c":3}');
});

test("Kubernetes' escapes of <, > and & are kept and used", (t) => {
  const text = '{"a":"\\u003cx\\u003e","b":"y"}\n';
  t.is(
    editJson(text, [{ pointer: '/b', string: 'a&b<c' }]),
    '{"a":"\\u003cx\\u003e","b":"a\\u0026b\\u003cc"}\n',
  );
  t.is(editJson('{"b":"y"}', [{ pointer: '/b', string: 'a&b' }]), '{"b":"a&b"}');
});

test('keys are renamed in place, never to one that exists', (t) => {
  t.is(editJson('{ "a" : 1, "b":2}', [{ pointer: '/a', renameKey: 'c"' }]), '{ "c\\"" : 1, "b":2}');
  const error = t.throws(() => editJson('{"a":1,"b":2}', [{ pointer: '/a', renameKey: 'b' }]), {
    instanceOf: CodecError,
  });
  t.is(error?.code, 'invalid-value');
});

test('patterns find every key and index', (t) => {
  const text = '{"w":[{"c":{"b":"1"}},{"c":{"b":"2"}},{"x":{}}]}';
  t.deepEqual(
    findJson(text, '/w/*/c/b').map(({ pointer, value }) => [pointer, value]),
    [
      ['/w/0/c/b', '1'],
      ['/w/1/c/b', '2'],
    ],
  );
});

test('a pointer that leads nowhere, twice or through two edits is refused', (t) => {
  const codes = (text: string, edits: JsonEdit[]): string | undefined =>
    t.throws(() => editJson(text, edits), { instanceOf: CodecError })?.code;
  t.is(codes('{"a":1}', [{ pointer: '/b', string: '' }]), 'not-found');
  t.is(codes('{"a":1,"a":2}', [{ pointer: '/a', string: '' }]), 'ambiguous');
  t.is(
    codes('{"a":"x"}', [
      { pointer: '/a', string: '1' },
      { pointer: '/a', string: '2' },
    ]),
    'overlap',
  );
  t.is(codes('{"a":1}', [{ pointer: 'a', string: '' }]), 'invalid-path');
  t.is(codes('{"a":1}', [{ pointer: '/a', json: '{' }]), 'invalid-value');
  t.is(codes('[1]', [{ pointer: '/01', string: '' }]), 'not-found');
});

test('text that is no JSON is refused with its place', (t) => {
  for (const text of [
    '',
    '{',
    '{"a"}',
    '{"a":}',
    '[1,]',
    '{"a":1,}',
    '01',
    '1 2',
    '"\n"',
    '"\\x"',
    '"',
    'nul',
    '[1 2]',
    '{a:1}',
    '\u0000',
    '"\\u12"',
    '-',
    '+1',
    '.5',
  ]) {
    const error = t.throws(() => parseJson(text), { instanceOf: CodecError }, text);
    t.is(error?.code, 'malformed', text);
    t.not(error?.offset, undefined, text);
  }
  t.is(t.throws(() => parseJson('['.repeat(100_000)), { instanceOf: CodecError })?.code, 'too-deep');
});

test('what is accepted is what JSON.parse accepts', (t) => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '1',
    '-',
    '0',
    '.5',
    'e1',
    'true',
    'null',
    ' ',
    '\n',
    '\\',
    '\\u0041',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      const text = pieces.join('');
      let expected = true;
      try {
        JSON.parse(text);
      } catch {
        expected = false;
      }
      try {
        parseJson(text);
        return expected;
      } catch (error) {
        return !expected && error instanceof CodecError;
      }
    }),
    { numRuns: 3000 },
  );
  t.pass();
});
