import test from 'ava';
import { kubernetesPlatform } from '../../../../../core/platform/kubernetes/kubernetes.ts';
import { authorityCertificate, authorityKey, authorityNode } from '../../../../support/authority-node.ts';
import type { RecordingHost } from '../../../../support/recording-host.ts';

const FLAGS = { 'client-ca-file': '/srv/tls/ca.pem', 'tls-cert-file': '/srv/tls/api.pem' };

const signersOf = (host: RecordingHost) => kubernetesPlatform.cluster?.readRetainedSigners(host);
const retained = (keyPath: string) => [
  { roles: ['server', 'clients'], commonName: 'authority 1', certificatePath: '/srv/tls/ca.pem', keyPath },
];

for (const keyPath of ['/srv/tls/ca.key', '/srv/tls/ca-key.pem', '/srv/tls/the-ca-of-1999']) {
  test(`the key of an authority is found as ${keyPath}`, async (t) => {
    const host = authorityNode(FLAGS)
      .file('/srv/tls/ca.pem', authorityCertificate(1))
      .file(keyPath, authorityKey(1));
    t.deepEqual(await signersOf(host), retained(keyPath));
    t.true((await kubernetesPlatform.cluster?.readCryptoPlaces(host))?.files.includes(keyPath));
  });
}

test('the key is found where the controller manager has it', async (t) => {
  const host = authorityNode(FLAGS, '--cluster-signing-key-file=/srv/keys/signing.key')
    .file('/srv/tls/ca.pem', authorityCertificate(1))
    .file('/srv/keys/signing.key', authorityKey(1));
  t.deepEqual(await signersOf(host), retained('/srv/keys/signing.key'));
});

test('a key of the right name that does not fit is passed over, and so is what is no key', async (t) => {
  const host = authorityNode(FLAGS)
    .file('/srv/tls/ca.pem', authorityCertificate(1))
    .file('/srv/tls/ca.key', authorityKey(2))
    .file('/srv/tls/ca-key.pem', '-----BEGIN PRIVATE KEY-----\nnot one\n-----END PRIVATE KEY-----\n');
  t.deepEqual(await signersOf(host), []);
  host.file('/srv/tls/z.key', authorityKey(1));
  t.deepEqual(await signersOf(host), retained('/srv/tls/z.key'));
});

test('copies of one authority are one, in all of its roles', async (t) => {
  const certificate = authorityCertificate(1);
  const host = authorityNode({ 'client-ca-file': '/srv/clients.crt', 'tls-cert-file': '/srv/tls/api.pem' })
    .file('/srv/clients.crt', certificate)
    .file('/srv/tls/ca.crt', certificate)
    .file('/srv/tls/ca.key', authorityKey(1));
  const signers = (await signersOf(host)) ?? [];
  t.deepEqual(
    signers.map(({ roles, keyPath }) => [roles, keyPath]),
    [[['server', 'clients'], '/srv/tls/ca.key']],
  );
});

test('two authorities go along each in its role', async (t) => {
  const host = authorityNode(FLAGS)
    .file('/srv/tls/ca.pem', authorityCertificate(2))
    .file('/srv/tls/ca.key', authorityKey(2))
    .file('/srv/tls/server.crt', authorityCertificate(1))
    .file('/srv/tls/server.key', authorityKey(1));
  const signers = (await signersOf(host)) ?? [];
  t.deepEqual(
    signers.map(({ roles, keyPath }) => [roles, keyPath]),
    [
      [['clients'], '/srv/tls/ca.key'],
      [['server'], '/srv/tls/server.key'],
    ],
  );
});
