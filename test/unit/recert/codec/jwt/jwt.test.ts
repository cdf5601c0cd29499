import { sign, verify } from 'node:crypto';
import test from 'ava';
import * as fc from 'fast-check';
import { CodecError } from '../../../../../recert/codec/codec-error.ts';
import { findJwts, readJwt, rewriteJwt } from '../../../../../recert/codec/jwt/index.ts';
import { growsLinearly } from '../processor-time.ts';
import { ecKeys } from '../sample-certificates.ts';

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

function token(header: string, payload: string, signature = Buffer.from('signature')): string {
  return `${base64url(header)}.${base64url(payload)}.${signature.toString('base64url')}`;
}

const TOKEN = token('{"alg":"RS256","kid":"old"}', '{"iss": "kubernetes/serviceaccount",  "sub":"x"}');

test('a token is taken apart to the last blank', (t) => {
  const jwt = readJwt(TOKEN);
  t.deepEqual(jwt.header, { alg: 'RS256', kid: 'old' });
  t.is(jwt.payloadText, '{"iss": "kubernetes/serviceaccount",  "sub":"x"}');
  t.is(Buffer.from(jwt.signature).toString(), 'signature');
  t.is(jwt.signingInput, TOKEN.slice(0, TOKEN.lastIndexOf('.')));
});

test('a token signed again verifies, with its header edited and its payload to the last character as before', (t) => {
  const { publicKey, privateKey } = ecKeys();
  const rewritten = rewriteJwt(
    TOKEN,
    {
      header: [
        { pointer: '/kid', string: 'new' },
        { pointer: '/alg', string: 'ES256' },
      ],
    },
    (input) => sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  );
  const jwt = readJwt(rewritten);
  t.is(jwt.headerText, '{"alg":"ES256","kid":"new"}');
  t.is(rewritten.split('.')[1], TOKEN.split('.')[1]);
  t.true(
    verify(
      'sha256',
      Buffer.from(jwt.signingInput),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      jwt.signature,
    ),
  );
});

test('a key identifier is added where there was none', (t) => {
  const bare = token('{"alg":"RS256"}', '{}');
  const rewritten = rewriteJwt(bare, { header: [{ pointer: '/kid', add: '"k"' }] }, () => new Uint8Array(1));
  t.is(readJwt(rewritten).headerText, '{"alg":"RS256","kid":"k"}');
});

test('parts that are not edited keep their very characters, unusual base64 included', (t) => {
  const odd = `${base64url('{"alg":"none"}')}.${base64url('{}')}.`;
  t.is(
    rewriteJwt(odd, {}, () => new Uint8Array()),
    odd,
  );
});

const part = fc.string({ unit: 'grapheme', maxLength: 30 });
const anyToken = fc
  .tuple(part, part, fc.uint8Array({ maxLength: 40 }))
  .map(([kid, claim, signature]) =>
    token(JSON.stringify({ alg: 'RS256', kid }), JSON.stringify({ claim }), Buffer.from(signature)),
  );

test('tokens are found in any text, each once, with their places', (t) => {
  const separator = fc.constantFrom(
    ' ',
    '\n',
    '"',
    "'",
    ',',
    '=',
    ':',
    ';',
    '<',
    '>',
    '(',
    ')',
    'é',
    '&',
    '?token=',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(separator, anyToken, separator)), (pieces) => {
      const text = `start${pieces.map((piece) => piece.join('')).join('words')}end`;
      const found = findJwts(text);
      t.deepEqual(
        found.map((match) => match.token),
        pieces.map(([, inner]) => inner),
      );
      for (const { range, token: inner } of found) t.is(text.slice(range.start, range.end), inner);
    }),
  );
});

test('look-alikes are no tokens', (t) => {
  const [header, payload] = TOKEN.split('.') as [string, string];
  for (const text of [
    `x${TOKEN}`,
    `a.${TOKEN}`,
    `${TOKEN}.x`,
    `${header}.${payload}`,
    `${base64url('{"enc":"x"}')}.${payload}.c2ln`,
    `${base64url('{"alg":')}.${payload}.c2ln`,
    `${header}.${payload}.a`,
    'eyJ.eyJ.sig',
    'example.com/a.b.c',
  ]) {
    t.deepEqual(findJwts(text), [], text);
  }
  t.is(findJwts(`The token is ${TOKEN}.`).length, 1);
});

test('what is no token is refused without its text in the message', (t) => {
  for (const text of [
    '',
    'a.b',
    `${TOKEN}.x`,
    'eyJ.*.x',
    `${base64url('[]')}.e30.`,
    `${base64url('nope')}.e30.`,
  ]) {
    const error = t.throws(() => readJwt(text), { instanceOf: CodecError }, text);
    if (text.length > 6) t.false(error?.message.includes(text.slice(0, 6)) ?? true);
  }
});

test('hostile text takes linear time', (t) => {
  for (const piece of ['eyJ', 'eyJ.', 'eyJ-', 'eyJhbGci.eyJ.eyJ', '.', 'ey']) {
    t.true(
      growsLinearly((size) => findJwts(piece.repeat(size)), 100_000),
      piece,
    );
  }
});
