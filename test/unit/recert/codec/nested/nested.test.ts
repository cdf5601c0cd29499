import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import test from 'ava';
import * as fc from 'fast-check';
import { CodecError } from '../../../../../recert/codec/codec-error.ts';
import {
  type ChainEdit,
  decodeBase64,
  decodeDataUrl,
  discover,
  hasMarker,
  isGzip,
  type LensStep,
  parseLocation,
  printLocation,
  printSteps,
  readAt,
  reencodeBase64,
  reencodeDataUrl,
  repackGzip,
  SeenTexts,
  writeAll,
  writeAt,
} from '../../../../../recert/codec/nested/index.ts';
import { findMarkers } from '../../../../../recert/codec/nested/markers.ts';
import { encodePem } from '../../../../../recert/codec/pem/index.ts';
import { concatBytes } from '../../../../../recert/codec/splice.ts';
import { fromUtf8, utf8 } from '../../../../../recert/codec/text.ts';
import { growsLinearly } from '../processor-time.ts';
import { bytesField, envelope } from '../protobuf/sample-messages.ts';

const TOKEN = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30.c2lnbmF0dXJl`;

/** A container with one thing inside, and the step to it. */
interface Wrap {
  readonly wrap: (inner: Uint8Array) => Uint8Array;
  readonly step: LensStep;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '    ');

const WRAPS: Readonly<Record<string, Wrap>> = {
  'base64 on one line': { wrap: (inner) => fromUtf8(base64(inner)), step: { lens: 'base64', at: '' } },
  'base64 in lines': {
    wrap: (inner) => fromUtf8(`${base64(inner).replaceAll(/.{76}(?=.)/g, '$&\r\n')}\r\n`),
    step: { lens: 'base64', at: '' },
  },
  'base64url without padding': {
    wrap: (inner) => fromUtf8(Buffer.from(inner).toString('base64url')),
    step: { lens: 'base64', at: '' },
  },
  gzip: { wrap: (inner) => new Uint8Array(gzipSync(inner)), step: { lens: 'gzip', at: '' } },
  'data URL in base64': {
    wrap: (inner) => fromUtf8(`data:text/plain;charset=utf-8;base64,${base64(inner)}`),
    step: { lens: 'data-url', at: '' },
  },
  'data URL in percents': {
    wrap: (inner) => fromUtf8(reencodeDataUrl('data:,', inner)),
    step: { lens: 'data-url', at: '' },
  },
  protobuf: {
    wrap: (inner) =>
      envelope('v1', 'Secret', bytesField(2, concatBytes([bytesField(1, 'tls.crt'), bytesField(2, inner)]))),
    step: { lens: 'protobuf', at: 'raw.2{tls.crt}' },
  },
};

/** Containers of text alone. */
const TEXT_WRAPS: Readonly<Record<string, Wrap>> = {
  json: {
    wrap: (inner) => fromUtf8(`{ "x": 1.0,\n "a/b": ${JSON.stringify(utf8(inner))} }\n`),
    step: { lens: 'json', at: '/a~1b' },
  },
  'yaml, quoted': {
    wrap: (inner) => fromUtf8(`# head\nx: 1\na: ${JSON.stringify(utf8(inner))} # tail\n`),
    step: { lens: 'yaml', at: '/a' },
  },
};

const chains = fc.array(fc.constantFrom(...Object.keys(WRAPS), ...Object.keys(TEXT_WRAPS)), { maxLength: 4 });

/** Wraps from the inside out, skipping text containers around what is no text. */
function nest(names: readonly string[], core: Uint8Array): { bytes: Uint8Array; steps: LensStep[] } {
  let bytes = core;
  const steps: LensStep[] = [];
  for (const name of names) {
    let wrap = WRAPS[name];
    if (wrap === undefined && isText(bytes)) wrap = TEXT_WRAPS[name];
    if (
      wrap === undefined ||
      (name.startsWith('base64') && steps[0]?.lens === 'protobuf' && steps.length > 3)
    )
      continue;
    bytes = wrap.wrap(bytes);
    steps.unshift(wrap.step);
  }
  return { bytes, steps };
}

function isText(bytes: Uint8Array): boolean {
  try {
    return !/[\0-\x08\x7f]/.test(utf8(bytes));
  } catch {
    return false;
  }
}

test('a certificate is found through any nesting of containers, and written back where it was', (t) => {
  fc.assert(
    fc.property(chains, fc.uint8Array({ minLength: 40, maxLength: 200 }), (names, der) => {
      const core = fromUtf8(`# before\n${encodePem('CERTIFICATE', der)}after\n`);
      const { bytes, steps } = nest(names.slice(0, 2), core);
      const { found, faults } = discover(bytes);
      t.deepEqual(faults, []);
      t.deepEqual(
        found.map((one) => [printSteps(one.steps), one.kind, one.label, Buffer.from(one.bytes)]),
        [[printSteps([...steps, { lens: 'pem', at: '0' }]), 'pem', 'CERTIFICATE', Buffer.from(der)]],
        names.join(),
      );
    }),
    { numRuns: 150 },
  );
});

test('reading, writing and writing back through any chain are exact', (t) => {
  fc.assert(
    fc.property(
      chains,
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }),
      (names, der, other) => {
        const core = (content: Uint8Array): Uint8Array =>
          fromUtf8(`# before\n${encodePem('CERTIFICATE', content)}after ${TOKEN}\n`);
        const { bytes, steps } = nest(names, core(der));
        const chain: LensStep[] = [...steps, { lens: 'pem', at: '0' }];
        t.deepEqual(Buffer.from(readAt(bytes, chain)), Buffer.from(der));
        t.deepEqual(Buffer.from(writeAt(bytes, chain, der)), Buffer.from(bytes));
        const edited = writeAt(bytes, chain, other);
        t.deepEqual(utf8(readAt(edited, steps)), utf8(core(other)));
        t.is(utf8(readAt(edited, [...steps, { lens: 'jwt', at: '0' }])), TOKEN);
      },
    ),
    { numRuns: 300 },
  );
});

test('what lay in a value before is found in the next ones as if it were read again', (t) => {
  const seen = new SeenTexts();
  fc.assert(
    fc.property(chains, fc.nat(3), fc.nat(2), (names, certificate, other) => {
      const core = fromUtf8(`${encodePem('CERTIFICATE', new Uint8Array(200).fill(certificate))}${TOKEN}\n`);
      const { bytes } = nest(names.slice(0, 2), core);
      const broken = fromUtf8(`-----BEGIN ${'X'.repeat(200 + other)}-----\n`);
      const value = envelope(
        'v1',
        'Secret',
        concatBytes([bytesField(3, bytes), bytesField(4 + other, bytes), bytesField(9, broken)]),
      );
      t.deepEqual(discover(value, seen), discover(value));
    }),
    { numRuns: 150 },
  );
});

test('what was written into an equal part before is written into the next ones as if it were new', (t) => {
  const seen = new SeenTexts<Uint8Array>();
  const news = ['x', 'y'].map((text) => fromUtf8(text.repeat(30)));
  // Whether base64url is padded cannot be seen on every text.
  const reversible = chains.filter((names) => !names.some((name) => /^gzip$|base64url/.test(name)));
  const edit = fc.record({ block: fc.nat(2), news: fc.constantFrom(...news), certificate: fc.nat(1) });
  fc.assert(
    fc.property(reversible, edit, (names, { block, news: bytes, certificate }) => {
      const blocks = ['a', 'b', 'c'].map((text) =>
        encodePem('CERTIFICATE', fromUtf8(text.repeat(100 + certificate))),
      );
      const value = nest([...names.slice(0, 2), 'protobuf'], fromUtf8(blocks.join('')));
      const edits = [{ steps: [...value.steps, { lens: 'pem', at: `${block}` } as const], bytes }];
      t.deepEqual(writeAll(value.bytes, edits, { isProved: true, seen }), writeAll(value.bytes, edits));
    }),
    { numRuns: 200 },
  );
});

test('a proved edit after which the old part could not be put back is refused', (t) => {
  const wrapped = fromUtf8(base64(new Uint8Array(100).fill(1)).replaceAll(/.{64}(?=.)/g, '$&\n'));
  const edits = [{ steps: [{ lens: 'base64', at: '' }] as const, bytes: fromUtf8('short') }];
  t.notThrows(() => writeAll(wrapped, edits));
  t.is(
    t.throws(() => writeAll(wrapped, edits, { isProved: true }), { instanceOf: CodecError }).code,
    'irreversible',
  );
});

test('many edits in one container are one, in any order', (t) => {
  const bundle = ['a', 'b', 'a']
    .map((text) => encodePem('CERTIFICATE', fromUtf8(text.repeat(50))))
    .join('# next\n');
  const kubeconfig = `users:\n- name: x # admin\n  user:\n    client-certificate-data: ${base64(fromUtf8(bundle))}\n    token: ${TOKEN}\n`;
  const file = fromUtf8(
    `{"files": [ {"source":"data:,${encodeURIComponent(kubeconfig)}"}, ${JSON.stringify(bundle)} ] }`,
  );
  const { found } = discover(file);
  t.deepEqual(
    found.map(({ steps }) => printSteps(steps)),
    [
      ...[0, 1, 2].map(
        (n) =>
          `json /files/0/source | data-url | yaml /users/0/user/client-certificate-data | base64 | pem ${n}`,
      ),
      'json /files/0/source | data-url | yaml /users/0/user/token | jwt 0',
      ...[0, 1, 2].map((n) => `json /files/1 | pem ${n}`),
    ],
  );
  const edits: ChainEdit[] = found.map(({ steps, kind }) => ({
    steps,
    bytes: kind === 'jwt' ? fromUtf8(TOKEN.replace('e30', 'e30K')) : fromUtf8('new'.repeat(60)),
    ...(kind === 'pem' ? { label: 'TRUSTED CERTIFICATE' } : {}),
  }));
  const forward = writeAll(file, edits);
  t.deepEqual(writeAll(file, edits.toReversed()), forward);
  const after = discover(forward).found;
  t.deepEqual(
    after.map(({ steps }) => printSteps(steps)),
    found.map(({ steps }) => printSteps(steps)),
  );
  t.deepEqual(
    after.map(({ bytes }) => utf8(bytes)),
    edits.map(({ bytes }) => utf8(bytes)),
  );
  t.true(after.every(({ kind, label }) => kind === 'jwt' || label === 'TRUSTED CERTIFICATE'));
  t.true(utf8(forward).includes('%20x%20%23%20admin'));
});

test('two edits of the same bytes are refused', (t) => {
  const text = fromUtf8(encodePem('CERTIFICATE', fromUtf8('a')));
  const edit: ChainEdit = { steps: [{ lens: 'pem', at: '0' }], bytes: fromUtf8('b') };
  t.is(t.throws(() => writeAll(text, [edit, edit]), { instanceOf: CodecError })?.code, 'overlap');
  const whole: ChainEdit = { steps: [], bytes: fromUtf8('c') };
  t.is(t.throws(() => writeAll(text, [edit, whole]), { instanceOf: CodecError })?.code, 'overlap');
});

test('indented PEM in YAML, PEM in YAML comments and PEM in a broken YAML file are all found', (t) => {
  const pem = encodePem('CERTIFICATE', fromUtf8('x'.repeat(60)));
  const steps = (text: string): string[] =>
    discover(fromUtf8(text)).found.map((one) => printSteps(one.steps));
  t.deepEqual(steps(`a: |\n${indented(pem)}`), ['yaml /a | pem 0']);
  t.deepEqual(steps(`a: |\n${indented(pem)}b: 1\n# old:\n${pem.replaceAll(/^(?=.)/gm, '# ')}`), [
    'yaml /a | pem 0',
  ]);
  t.deepEqual(steps(`a: |\n${indented(pem)}b: [\n`), ['pem 0']);
  t.deepEqual(steps(`# key: value\n${pem}# other: x\n${pem}`), ['pem 0', 'pem 1']);
  t.deepEqual(steps(`Bag Attributes\n    localKeyID: 01\n${pem}`), ['pem 0']);
});

test('PEM in a YAML comment and in a string of the same file are exchanged together', (t) => {
  const pem = (text: string): string => encodePem('CERTIFICATE', fromUtf8(text.repeat(30)));
  const file = (inner: string, comment: string): Uint8Array =>
    fromUtf8(`a: |\n${indented(inner)}# was: ${comment.trimEnd()}\nb: 1\n`);
  const commented = '-----BEGIN X-----\\n';
  t.deepEqual(
    discover(file(pem('a'), commented)).faults.map(({ error }) => error.code),
    ['malformed'],
  );
  const tokens = file(pem('a'), TOKEN);
  const { found } = discover(tokens);
  t.deepEqual(
    found.map(({ steps }) => printSteps(steps)),
    ['yaml /a | pem 0', 'jwt 0'],
  );
  const other = TOKEN.replace('e30', 'e30K');
  const edits = found.map(({ steps, kind }) => ({
    steps,
    bytes: fromUtf8(kind === 'jwt' ? other : 'b'.repeat(30)),
  }));
  t.deepEqual(writeAll(tokens, edits), file(pem('b'), other));
});

test('a container of many parts is read and written in linear time', (t) => {
  const pem = base64(fromUtf8(encodePem('CERTIFICATE', new Uint8Array(600))));
  const exchange = (size: number): void => {
    const parts = Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, pem]));
    const bytes = fromUtf8(JSON.stringify(parts));
    const { found } = discover(bytes);
    t.is(found.length, size);
    writeAll(
      bytes,
      found.map(({ steps }) => ({ steps, bytes: new Uint8Array(700) })),
    );
  };
  t.true(growsLinearly(exchange, 200));
});

test('base64 in texts of no known structure is found and exchanged where it stands', (t) => {
  const pem = encodePem('CERTIFICATE', fromUtf8('x'.repeat(100)));
  const wrapped = (inner: string): string => base64(fromUtf8(inner));
  const script = (first: string, plain: string, second: string): Uint8Array =>
    fromUtf8(
      `#!/bin/sh\nset -e; CA=${wrapped(first)}\n# /a/path/that/is/long/enough/to/look/like/base64/itself\n${plain}auth = "${wrapped(second)}"\n`,
    );
  const file = script(pem, pem, `user:${TOKEN}`);
  const { found, faults } = discover(file);
  t.deepEqual(faults, []);
  const places = found.map(({ steps }) => printSteps(steps));
  t.is(places.length, 3);
  t.true(places.includes('base64 0 | pem 0') && places.includes('pem 0'), places.join());
  const long = encodePem('CERTIFICATE', fromUtf8('y'.repeat(400)));
  const edits = found.map(({ steps, kind }) => ({
    steps,
    bytes: fromUtf8(kind === 'jwt' ? TOKEN.replace('e30', 'e30K') : 'y'.repeat(400)),
  }));
  t.is(utf8(writeAll(file, edits)), utf8(script(long, long, `user:${TOKEN.replace('e30', 'e30K')}`)));
  t.is(utf8(writeAll(file, edits.toReversed())), utf8(writeAll(file, edits)));
});

test('a kubeconfig that is broken YAML still gives up its certificates', (t) => {
  const data = base64(fromUtf8(encodePem('CERTIFICATE', fromUtf8('x'.repeat(100)))));
  const broken = fromUtf8(`users: [\nclusters:\n- cluster:\n    certificate-authority-data: ${data}\n`);
  t.deepEqual(
    discover(broken).found.map(({ steps }) => printSteps(steps)),
    ['base64 0 | pem 0'],
  );
});

test('a registry login inside dockercfg is a token behind a name', (t) => {
  const auth = base64(fromUtf8(`<token>:${TOKEN}`));
  const { found } = discover(fromUtf8(`{"registry":{"auth":"${auth}","password":"${TOKEN}"}}`));
  t.deepEqual(
    found.map(({ steps }) => printSteps(steps)),
    ['json /registry/auth | base64 | jwt 0', 'json /registry/password | jwt 0'],
  );
});

test('what cannot be read is a fault with the way to it, and does not hide its neighbours', (t) => {
  const good = encodePem('CERTIFICATE', fromUtf8('a'));
  const broken = '-----BEGIN CERTIFICATE-----\nno base64 *\n-----END CERTIFICATE-----\n';
  const { found, faults } = discover(fromUtf8(JSON.stringify({ a: broken + good, b: good })));
  t.deepEqual(
    found.map(({ steps }) => printSteps(steps)),
    ['json /a | pem 0', 'json /b | pem 0'],
  );
  t.deepEqual(
    faults.map(({ steps, error }) => [printSteps(steps), error.path]),
    [['json /a', 'line 1']],
  );
  const bad = envelope('v1', 'Secret', fromUtf8(`\xff${good}`));
  t.notThrows(() => discover(bad));
  t.is(discover(concatBytes([Uint8Array.of(0x1f, 0x8b, 8), new Uint8Array(30)])).faults.length, 1);
});

test('values without a sign are passed over, and every form of a sign is seen', (t) => {
  t.false(
    hasMarker(fromUtf8(JSON.stringify({ metadata: { name: 'x', managedFields: [{ 'f:data': {} }] } }))),
  );
  const pem = fromUtf8(encodePem('PRIVATE KEY', new Uint8Array(randomBytes(80))));
  const jwt = fromUtf8(TOKEN);
  for (const core of [pem, jwt, new Uint8Array(gzipSync(pem))]) {
    for (const before of ['', 'a', 'bc']) {
      const once = base64(concatBytes([fromUtf8(core[0] === 0x1f ? '' : before), core]));
      t.true(hasMarker(fromUtf8(once)));
      for (const outer of ['', 'x', 'yz'])
        t.true(hasMarker(fromUtf8(base64(fromUtf8(outer + once)))), `${before}/${outer}`);
    }
  }
});

test('a sign is seen wherever it begins, in all that is around it, and in no part without it', (t) => {
  const signs = ['-----BEGIN', 'eyJ', base64(fromUtf8('-----BEGIN')).slice(0, 13), 'H4sI', '\x1f\x8b\x08'];
  const wrapped = `${base64(fromUtf8('plain words only, '.repeat(3)))}\n`;
  const around = fc.string({ unit: fc.constantFrom('.', ' ', '-', 'e'), maxLength: 9 });
  fc.assert(
    fc.property(fc.constantFrom(...signs), around, around, fc.boolean(), (sign, before, after, isWrapped) => {
      const head = isWrapped ? wrapped + before : before;
      const bytes = Buffer.from(`${head}${sign}${after}`, 'latin1');
      t.true(hasMarker(bytes));
      const markers = findMarkers(bytes);
      for (let start = 0; start <= bytes.length; start += 1) {
        for (let end = start; end <= bytes.length; end += 1) {
          if (hasMarker(bytes.subarray(start, end))) t.true(markers?.(start, end));
          if (end <= head.length) t.false(markers?.(start, end));
        }
      }
      t.is(findMarkers(bytes.subarray(0, head.length)), undefined);
    }),
    { numRuns: 200 },
  );
});

test('base64 keeps alphabet, padding, line width, line ends and surrounding blanks', (t) => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => (i * 37) & 255);
  const next = Uint8Array.from({ length: 103 }, (_, i) => (i * 91) & 255);
  const forms = [
    (b: Uint8Array) => base64(b),
    (b: Uint8Array) => `${base64(b)}\n`,
    (b: Uint8Array) => base64(b).replace(/=+$/, ''),
    (b: Uint8Array) => Buffer.from(b).toString('base64url'),
    (b: Uint8Array) => ` ${base64(b).replaceAll(/.{64}(?=.)/g, '$&\n  ')}\n`,
    (b: Uint8Array) => base64(b).replaceAll(/.{76}(?=.)/g, '$&\r\n'),
  ];
  for (const form of forms) {
    t.deepEqual(Buffer.from(decodeBase64(form(bytes))), Buffer.from(bytes));
    t.is(reencodeBase64(form(bytes), next), form(next));
    t.is(reencodeBase64(form(bytes), bytes), form(bytes));
  }
  t.is(reencodeBase64('QUJD', fromUtf8('ABCD')), 'QUJDRA==');
  t.is(reencodeBase64('QU-_', fromUtf8('ABCD')), 'QUJDRA');
  for (const bad of ['*', 'QUJD=QUJD', 'A', 'QQ=', 'QUJD====', 'Q+-_', '=']) {
    t.is(t.throws(() => decodeBase64(bad), { instanceOf: CodecError }, bad)?.code, 'malformed');
  }
});

test('a data URL keeps its media type and the spelling of what is not edited', (t) => {
  const old = 'data:text/plain;charset=UTF-8,a%2Fb/c%0aold%20%7Etail~';
  t.is(utf8(decodeDataUrl(old)), 'a/b/c\nold ~tail~');
  t.is(
    reencodeDataUrl(old, fromUtf8('a/b/c\nnew+ ~tail~')),
    'data:text/plain;charset=UTF-8,a%2Fb/c%0anew%2B%20%7Etail~',
  );
  t.is(reencodeDataUrl(old, decodeDataUrl(old)), old);
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), fc.boolean(), (before, after, plain) => {
      const text = plain ? reencodeDataUrl('data:,', before) : `data:;base64,${base64(before)}`;
      t.deepEqual(Buffer.from(decodeDataUrl(reencodeDataUrl(text, after))), Buffer.from(after));
    }),
  );
  for (const bad of ['data', 'data:,%4', 'data:,%zz', 'data:;base64,*', 'data:,é']) {
    t.is(t.throws(() => decodeDataUrl(bad), { instanceOf: CodecError }, bad)?.code, 'malformed');
  }
});

test('gzip keeps its header, and the same content gives the same bytes', (t) => {
  const named = Uint8Array.from(
    Buffer.concat([
      Buffer.from('1f8b0808112233440003', 'hex'),
      Buffer.from('name\0'),
      gzipSync('old').subarray(10),
    ]),
  );
  t.true(isGzip(named));
  t.is(repackGzip(named, fromUtf8('old')), named);
  const edited = repackGzip(named, fromUtf8('new content'));
  t.deepEqual(edited.subarray(0, 15), named.subarray(0, 15));
  t.is(gunzipSync(edited).toString(), 'new content');
});

test('locations survive printing and reading', (t) => {
  const at = fc.string({ unit: 'grapheme' });
  const step = fc.record({ lens: fc.constantFrom('protobuf' as const, 'yaml' as const, 'pem' as const), at });
  const location = fc.record({
    origin: fc.constantFrom('etcd' as const, 'file' as const),
    name: fc.string({ unit: 'grapheme' }).map((text) => `/${text}`),
    steps: fc.array(step, { maxLength: 4 }),
  });
  fc.assert(fc.property(location, (one) => t.deepEqual(parseLocation(printLocation(one)), one)));
  t.is(
    printLocation({
      origin: 'etcd',
      name: '/kubernetes.io/secrets/ns/x',
      steps: [
        { lens: 'protobuf', at: 'raw.2{tls.crt}' },
        { lens: 'pem', at: '0' },
      ],
    }),
    'etcd:/kubernetes.io/secrets/ns/x | protobuf raw.2{tls.crt} | pem 0',
  );
  for (const bad of ['', 'x', 'http:/x', 'file:/x | nope 1'])
    t.throws(() => parseLocation(bad), { instanceOf: CodecError });
});

test('any bytes at all are searched without a crash', (t) => {
  const piece = fc.oneof(
    fc.constantFrom(
      '-----BEGIN A-----\n',
      '-----END A-----\n',
      TOKEN,
      'data:,',
      'data:;base64,',
      'k8s\0',
      '{"a":',
      '"',
      '}',
      'a: ',
      '- ',
      '\n',
      '|',
      'H4sI',
      '\x1f\x8b\x08',
      '\xd9\xd9\xf7',
    ),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const bytes = new Uint8Array(Buffer.from(pieces.join(''), 'latin1'));
      for (const { steps, bytes: content } of discover(bytes).found) {
        t.deepEqual(Buffer.from(readAt(bytes, steps)), Buffer.from(content));
        t.deepEqual(Buffer.from(writeAt(bytes, steps, content)), Buffer.from(bytes));
      }
    }),
    { numRuns: 1000 },
  );
  t.pass();
});
