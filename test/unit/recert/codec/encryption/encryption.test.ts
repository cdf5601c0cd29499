import { randomBytes } from 'node:crypto';
import test from 'ava';
import * as fc from 'fast-check';
import { CodecError } from '../../../../../recert/codec/codec-error.ts';
import {
  type CipherKey,
  decryptStored,
  encryptionPrefixOf,
  encryptStored,
  parseEncryptionConfiguration,
  providersFor,
  rotateKeys,
  writingKey,
} from '../../../../../recert/codec/encryption/index.ts';
import { concatBytes } from '../../../../../recert/codec/splice.ts';
import { fromUtf8, utf8 } from '../../../../../recert/codec/text.ts';

const KEY = '/kubernetes.io/secrets/ns/name';
/** `printf k8s | openssl enc -aes-128-cbc -K 000102030405060708090a0b0c0d0e0f -iv ff…ff` */
const OPENSSL_CBC = 'e6900779dfd6f18c577972d345562c69';

const cipherKey: fc.Arbitrary<CipherKey> = fc
  .tuple(
    fc.constantFrom('aescbc' as const, 'aesgcm' as const, 'secretbox' as const),
    fc.constantFrom(16, 24, 32),
    fc.stringMatching(/^[a-z0-9-]{1,12}$/),
  )
  .chain(([provider, size, name]) => {
    const length = provider === 'secretbox' ? 32 : size;
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((secret) => ({ provider, name, secret }));
  });

test('what is encrypted is decrypted, and names its key in the prefix', (t) => {
  fc.assert(
    fc.property(cipherKey, fc.uint8Array({ maxLength: 500 }), (key, plain) => {
      const stored = encryptStored(plain, KEY, key);
      t.true(utf8(stored.subarray(0, 8)) === 'k8s:enc:');
      t.like(encryptionPrefixOf(stored), { provider: key.provider, keyName: key.name });
      const other = { ...key, name: `${key.name}x` };
      const decrypted = decryptStored(stored, KEY, [{ provider: key.provider, keys: [other, key] }]);
      t.deepEqual(Buffer.from(decrypted.plain), Buffer.from(plain));
      t.is(decrypted.key, key);
    }),
    { numRuns: 200 },
  );
});

test('the same value is never stored twice alike', (t) => {
  const key: CipherKey = { provider: 'aesgcm', name: 'k', secret: randomBytes(32) };
  t.notDeepEqual(encryptStored(fromUtf8('x'), KEY, key), encryptStored(fromUtf8('x'), KEY, key));
});

test('aesgcm ties a value to its place in etcd; the others do not', (t) => {
  for (const [provider, opens] of [
    ['aesgcm', false],
    ['aescbc', true],
    ['secretbox', true],
  ] as const) {
    const key: CipherKey = { provider, name: 'k', secret: randomBytes(32) };
    const stored = encryptStored(fromUtf8('k8s'), KEY, key);
    const open = (): unknown => decryptStored(stored, '/elsewhere', [{ provider, keys: [key] }]);
    if (opens) t.notThrows(open);
    else t.is(t.throws(open, { instanceOf: CodecError })?.code, 'wrong-key');
  }
});

test('a damaged value or another key is refused, with neither in the message', (t) => {
  fc.assert(
    fc.property(cipherKey, fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(), (key, plain, pick) => {
      if (key.provider === 'aescbc') return;
      const stored = Uint8Array.from(encryptStored(plain, KEY, key));
      const { length } = encryptionPrefixOf(stored) ?? t.fail();
      const at = length + (pick % (stored.length - length));
      stored[at] = (stored[at] as number) ^ 1;
      const error = t.throws(() => decryptStored(stored, KEY, [{ provider: key.provider, keys: [key] }]), {
        instanceOf: CodecError,
      });
      t.is(error?.code, 'wrong-key');
    }),
    { numRuns: 100 },
  );
});

test('plain values pass, kms values and cut prefixes are refused clearly', (t) => {
  const plain = fromUtf8('k8s\0...');
  t.deepEqual(decryptStored(plain, KEY, []), { plain, key: undefined });
  const error = t.throws(() => decryptStored(fromUtf8('k8s:enc:kms:v2:plugin:xxxx'), KEY, []), {
    instanceOf: CodecError,
  });
  t.is(error?.code, 'unsupported');
  t.regex(error?.message ?? '', /kms/);
  t.not(error?.remedy, undefined);
  t.throws(() => decryptStored(fromUtf8('k8s:enc:aescbc:v1:'), KEY, []), { instanceOf: CodecError });
  t.throws(() => writingKey([{ provider: 'kms', name: 'plugin' }]), { instanceOf: CodecError });
});

test('aescbc values are laid out as OpenSSL would write them', (t) => {
  const secret = Uint8Array.from({ length: 16 }, (_, i) => i);
  const stored = concatBytes([
    fromUtf8('k8s:enc:aescbc:v1:key1:'),
    new Uint8Array(16).fill(0xff),
    Buffer.from(OPENSSL_CBC, 'hex'),
  ]);
  const { plain } = decryptStored(stored, KEY, [
    { provider: 'aescbc', keys: [{ provider: 'aescbc', name: 'key1', secret }] },
  ]);
  t.is(utf8(plain), 'k8s');
});

/** The test vector of NaCl's own `crypto_secretbox` (secretbox.c): key, nonce, box, and the message's beginning. */
test('secretbox values are laid out as NaCl writes them', (t) => {
  const secret = new Uint8Array(
    Buffer.from('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389', 'hex'),
  );
  const nonce = Buffer.from('69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37', 'hex');
  const box = Buffer.from(
    'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5',
    'hex',
  );
  const stored = concatBytes([fromUtf8('k8s:enc:secretbox:v1:k:'), nonce, box]);
  const { plain } = decryptStored(stored, KEY, [
    { provider: 'secretbox', keys: [{ provider: 'secretbox', name: 'k', secret }] },
  ]);
  t.true(
    Buffer.from(plain)
      .toString('hex')
      .startsWith('be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc'),
  );
  t.is(plain.length, 131);
});

const CONFIGURATION = `# of the seed
kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
  - resources: [secrets, routes.route.openshift.io]   # both
    providers:
      - aescbc:
          keys:
            - name: key2
              secret: AAECAwQFBgcICQoLDA0ODw==
            - name: key1
              secret: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
      - identity: {}
  - resources: ['*.apps']
    providers:
      - kms: {name: plugin, apiVersion: v2, endpoint: unix:///x}
  - resources: ['*.*']
    providers: [{identity: {}}, {secretbox: {keys: [{name: box, secret: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=}]}}]
`;

test('a configuration tells the providers of each resource', (t) => {
  const configuration = parseEncryptionConfiguration(CONFIGURATION);
  const names = (resource: string, group: string): string[] =>
    providersFor(configuration, resource, group).map(({ provider }) => provider);
  t.deepEqual(names('secrets', ''), ['aescbc', 'identity']);
  t.deepEqual(names('routes', 'route.openshift.io'), ['aescbc', 'identity']);
  t.deepEqual(names('deployments', 'apps'), ['kms']);
  t.deepEqual(names('configmaps', ''), ['identity', 'secretbox']);
  t.is(writingKey(providersFor(configuration, 'secrets', ''))?.name, 'key2');
  t.is(writingKey(providersFor(configuration, 'configmaps', '')), undefined);
});

test('rotation replaces every key under a new name and leaves the rest of the text', (t) => {
  const { text, before, after } = rotateKeys(CONFIGURATION, (length) => new Uint8Array(length).fill(9));
  const sixteen = Buffer.alloc(16, 9).toString('base64');
  const thirtyTwo = Buffer.alloc(32, 9).toString('base64');
  t.is(
    text,
    CONFIGURATION.replace('AAECAwQFBgcICQoLDA0ODw==', sixteen)
      .replaceAll('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=', thirtyTwo)
      .replace('key2', 'key3')
      .replace('key1', 'key4')
      .replace('name: box', 'name: box1'),
  );
  const oldKey = writingKey(providersFor(before, 'secrets', ''));
  const newKey = writingKey(providersFor(after, 'secrets', ''));
  if (oldKey === undefined || newKey === undefined) return t.fail();
  const stored = encryptStored(fromUtf8('{}'), KEY, oldKey);
  const { plain } = decryptStored(stored, KEY, providersFor(before, 'secrets', ''));
  const rewritten = encryptStored(plain, KEY, newKey);
  t.is(encryptionPrefixOf(rewritten)?.keyName, 'key3');
  t.throws(() => decryptStored(stored, KEY, providersFor(after, 'secrets', '')), { instanceOf: CodecError });
});

test('a JSON configuration is rotated in place too', (t) => {
  const json = `${JSON.stringify({
    kind: 'EncryptionConfiguration',
    apiVersion: 'apiserver.config.k8s.io/v1',
    resources: [
      {
        resources: ['secrets'],
        providers: [{ aesgcm: { keys: [{ name: '1', secret: Buffer.alloc(32).toString('base64') }] } }],
      },
    ],
  })}\n`;
  const { text } = rotateKeys(json, (length) => new Uint8Array(length).fill(1));
  t.is(
    text,
    json
      .replace(Buffer.alloc(32).toString('base64'), Buffer.alloc(32, 1).toString('base64'))
      .replace('"name":"1"', '"name":"2"'),
  );
});

test('a configuration that is wrong is refused with the field, never with a secret', (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['kind: EncryptionConfiguration', 'kind: Other'],
    ['apiVersion: apiserver', 'apiVersion: x'],
    ['identity: {}\n  - res', 'rot13: {}\n  - res'],
    ['AAECAwQFBgcICQoLDA0ODw==', 'c2hvcnQ='],
    ['AAECAwQFBgcICQoLDA0ODw==', '"*"'],
    ['name: key2', 'name: a:b'],
  ];
  for (const [old, replacement] of cases) {
    const text = CONFIGURATION.replace(old, replacement);
    const error = t.throws(() => parseEncryptionConfiguration(text), { instanceOf: CodecError }, replacement);
    t.false(error?.message.includes('AAEC') ?? true);
    t.false(error?.message.includes('c2hv') ?? true);
    t.not(error?.path, undefined);
  }
  t.throws(() => parseEncryptionConfiguration('['), { instanceOf: CodecError });
});
