import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import * as fc from 'fast-check';
import { allowList, holdsKey, PrivateKeySearch } from '../../../../core/seedimage/private-keys.ts';
import type { TarMember } from '../../../../core/seedimage/tar-scanner.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const KEYS: Readonly<Record<string, string>> = {
  'PKCS#8': rsa.export({ type: 'pkcs8', format: 'pem' }),
  'PKCS#1': rsa.export({ type: 'pkcs1', format: 'pem' }),
  SEC1: ec.export({ type: 'sec1', format: 'pem' }),
  'encrypted PKCS#8': rsa.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
  'encrypted PKCS#1': rsa.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
  OpenSSH: openSshKey(),
};

function openSshKey(): string {
  const directory = mkdtempSync(join(tmpdir(), 'lca-key-'));
  try {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, 'key')]);
    return readFileSync(join(directory, 'key'), 'utf8');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

for (const [kind, key] of Object.entries(KEYS)) {
  test(`a private key of kind ${kind} is found: bare, with CRLF, indented, in JSON, in base64`, (t) => {
    t.true(holdsKey(Buffer.from(key)));
    t.true(holdsKey(Buffer.from(`# comment\n${key}`.replaceAll('\n', '\r\n'))));
    t.true(holdsKey(Buffer.from(`key: |\n${key.replaceAll(/^/gm, '    ')}`)));
    t.true(holdsKey(Buffer.from(JSON.stringify({ key }))));
    t.true(holdsKey(Buffer.from(`client-key-data: ${Buffer.from(key).toString('base64')}`)));
  });
}

test('what only speaks of keys is not taken for one: certificates, public keys, programs, documentation', (t) => {
  const publicKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
  const harmless = [
    publicKey,
    Buffer.from(publicKey).toString('base64'),
    'strings of a program: -----BEGIN RSA PRIVATE KEY-----\0-----END RSA PRIVATE KEY-----\0',
    'A key starts with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----.',
    '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ\n-----END CERTIFICATE-----\n',
  ];
  for (const text of harmless) t.false(holdsKey(Buffer.from(text)), text);
});

test('content made to be slow to search is not', (t) => {
  const slow = Buffer.from(`-----BEGIN PRIVATE KEY-----\n${'a: '.repeat(600)}\n`.repeat(2000));
  const start = performance.now();
  t.false(holdsKey(slow));
  t.true(performance.now() - start < 5_000);
});

test('a key is found wherever it lies and however the content is cut into pieces, and only named where not allowed', (t) => {
  const member = (name: string): TarMember => ({
    name,
    type: 'file',
    linkName: '',
    size: 0,
    mode: 0,
    uid: 0,
    gid: 0,
  });
  fc.assert(
    fc.property(
      fc.nat(200_000),
      fc.integer({ min: 64, max: 70_000 }),
      fc.constantFrom(...Object.values(KEYS)),
      (before, cut, key) => {
        const content = Buffer.concat([
          Buffer.alloc(before, 'x\n'),
          Buffer.from(key),
          Buffer.alloc(5000, 'y'),
        ]);
        const found = new Set<string>();
        const search = new PrivateKeySearch(allowList(['/etc/allowed', '/var/pki/']), found);
        for (const name of [
          'etc/tls.key',
          'etc/allowed',
          'etc/allowed-not',
          'var/pki/deep/key',
          'etc/tls.key.pub',
        ]) {
          const bytes = name.endsWith('.pub') ? Buffer.from('nothing') : content;
          for (let at = 0; at < bytes.length; at += cut)
            search.content(member(name), bytes.subarray(at, at + cut));
          search.contentEnd();
        }
        t.deepEqual([...found], ['/etc/tls.key', '/etc/allowed-not']);
      },
    ),
    { numRuns: 60 },
  );
});
