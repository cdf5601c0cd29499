import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test from 'ava';
import { RealHost } from '../../../core/host/real-host.ts';
import { encodePem } from '../../../recert/codec/pem/index.ts';
import type { RecertConfig } from '../../../recert/options/config.ts';
import { resolveInputs } from '../../../recert/options/inputs.ts';
import { recert } from '../../../recert/recert.ts';
import { RecertError } from '../../../recert/recert-error.ts';
import { makeCertificate, testKey } from '../../support/certificate-maker.ts';
import { smallCluster } from '../../support/small-cluster.ts';

const FILES_ONLY: RecertConfig = { crypto_dirs: ['/pki'] };

/** The small cluster's files alone, in one directory: filesystem-only mode. */
async function inPki(more: Readonly<Record<string, string>> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'lca-rules-'));
  const pki = join(root, 'pki');
  mkdirSync(pki);
  const files = Object.entries(smallCluster().files).map(([path, text]) => [basename(path), text] as const);
  for (const [name, text] of [...files, ...Object.entries(more)]) writeFileSync(join(pki, name), text);
  const host = new RealHost().within(root);
  const read = (name: string): string => readFileSync(join(pki, name), 'utf8');
  return {
    root,
    host,
    read,
    all: () => Object.fromEntries(readdirSync(pki).map((name) => [name, read(name)])),
    run: async (config: RecertConfig) =>
      recert(await resolveInputs({ ...FILES_ONLY, ...config }, host), host),
    remove: () => rmSync(root, { recursive: true }),
  };
}

test('use-key gives a certificate its key back, so that what trusted it goes on trusting', async (t) => {
  const { read, run, remove } = await inPki();
  const oldKey = read('ca.key');
  const oldCa = new X509Certificate(read('ca.crt'));
  const { ledger } = await run({ use_key_rules: [`small-ca:${oldKey}`] });
  t.is(read('ca.key'), oldKey);
  t.true(
    new X509Certificate(read('server.crt')).verify(oldCa.publicKey),
    'the new leaf verifies under the old authority',
  );
  t.true(new X509Certificate(read('server.crt')).checkPrivateKey(createPrivateKey(read('server.key'))));
  t.true(ledger.keys.some(({ isGiven }) => isGiven));
  remove();
});

test('use-cert puts a certificate in the place of one that signed nothing and has no key here', async (t) => {
  const other = testKey('p256', 401);
  const lone = (subject: string, key: typeof other) =>
    encodePem(
      'CERTIFICATE',
      makeCertificate({ subject, issuer: subject, key: key.publicKey, signer: key.privateKey }),
    );
  const { read, run, remove } = await inPki({ 'client-ca.crt': lone('admin-signer', testKey('p256', 400)) });
  const given = lone('admin-signer', other);
  await run({ use_cert_rules: [given] });
  t.is(read('client-ca.crt'), given);
  const error = await t.throwsAsync(run({ use_cert_rules: [lone('small-ca', other)] }), {
    instanceOf: RecertError,
  });
  t.is(error?.code, 'bad-rule');
  t.regex(error?.message ?? '', /it signed other certificates/);
  remove();
});

test('With IP-change-only, trees without a changed name stay byte for byte', async (t) => {
  const key = testKey('p256', 410);
  const alone = encodePem(
    'CERTIFICATE',
    makeCertificate({ subject: 'alone', issuer: 'alone', key: key.publicKey, signer: key.privateKey }),
  );
  const { read, run, all, remove } = await inPki({ 'alone.crt': alone });
  const before = all();
  await run({ ip_change_only: true, cn_san_replace_rules: ['server.small:server.large'] });
  t.is(read('alone.crt'), alone);
  t.is(read('sa.key'), before['sa.key'] as string, 'standalone keys stay');
  t.not(read('ca.crt'), before['ca.crt'] as string);
  t.regex(new X509Certificate(read('server.crt')).subjectAltName ?? '', /server\.large/);
  remove();
});

test('Crypto that cannot be read is named with its place, and nothing is written', async (t) => {
  const { files } = smallCluster();
  const good = files['/etc/kubernetes/pki/ca.crt'] as string;
  const broken: Readonly<Record<string, string>> = {
    'cut.crt': good.slice(0, 200),
    'garbled.crt': good.replace(/\n.{20}/, '\n!!!!!!!!!!!!!!!!!!!!'),
    'not-der.crt': encodePem('CERTIFICATE', Buffer.from('this is no certificate')),
    'not-a-key.key': encodePem('PRIVATE KEY', Buffer.from([0x30, 3, 2, 1, 0])),
  };
  for (const [name, text] of Object.entries(broken)) {
    const { run, all, host, remove } = await inPki({ [name]: text });
    const before = all();
    const error = await t.throwsAsync(run({}), { instanceOf: RecertError });
    t.is(error?.code, 'malformed', name);
    t.true(error?.message.includes(`/pki/${name}`), error?.message);
    t.deepEqual(all(), before);
    t.deepEqual(await host.list('/var/lib/lca/recert'), []);
    remove();
  }
});

test('Options that contradict each other are refused together, with every reason', async (t) => {
  const host = new RealHost();
  const error = await t.throwsAsync(
    resolveInputs(
      { extend_expiration: true, force_expire: true, dry_run: true, etcd_defrag: true, ip_change_only: true },
      host,
    ),
    { instanceOf: RecertError },
  );
  t.is(error?.faults.length, 5);
});

test('New SSH host keys replace the old ones of the same types', async (t) => {
  const { root, host, run, remove } = await inPki();
  await host.makeDirectory('/etc/ssh');
  writeFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key'), 'old', { mode: 0o600 });
  writeFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'old', { mode: 0o644 });
  await run({ regenerate_server_ssh_keys: '/etc/ssh' });
  t.deepEqual(await host.list('/etc/ssh'), ['ssh_host_ed25519_key', 'ssh_host_ed25519_key.pub']);
  t.regex(readFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8'), /^ssh-ed25519 /);
  t.is((await host.stat('/etc/ssh/ssh_host_ed25519_key'))?.mode, 0o600);
  t.deepEqual(await host.list('/var/lib/lca/recert'), ['ledger.json']);
  remove();
});
