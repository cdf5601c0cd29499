import { createPublicKey, X509Certificate } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { identifierConvention } from '../../../../recert/certificate/key-identifier.ts';
import { applyNameRules } from '../../../../recert/certificate/name-rules.ts';
import {
  type ReissuePolicy,
  reissueCertificate,
} from '../../../../recert/certificate/reissue-certificate.ts';
import {
  authorityKeyIdOf,
  commonNamesOf,
  readCertificate,
  subjectKeyIdOf,
  timeOf,
} from '../../../../recert/codec/der/index.ts';
import { publicDer } from '../../../../recert/keys/key-kind.ts';
import { makeCertificate, type TestKeyKind, testKey } from '../../../support/certificate-maker.ts';

const KEEP: ReissuePolicy = { names: [], validity: 'keep', now: new Date('2030-05-05T05:05:05Z') };
const KINDS = ['rsa', 'p256', 'p384', 'p521', 'ed25519'] as const;

function sample(subjectKind: TestKeyKind, signerKind: TestKeyKind, more: object = {}) {
  const subject = testKey(subjectKind, 0);
  const signer = testKey(signerKind, 1);
  const der = makeCertificate({
    subject: 'leaf',
    issuer: 'ca',
    key: subject.publicKey,
    signer: signer.privateKey,
    signerPublic: signer.publicKey,
    dnsNames: ['api.seed.example', '*.apps.seed.example', 'kubernetes.default'],
    ips: [Uint8Array.of(192, 168, 126, 10)],
    identifiers: 'sha256',
    ...more,
  });
  const newSubject = testKey(subjectKind, 2);
  const newSigner = testKey(signerKind, 3);
  const keys = {
    newSubjectKey: newSubject.publicKey,
    oldSignerSpki: publicDer(signer.publicKey),
    newSignerKey: newSigner.privateKey,
    newSignerPublicKey: newSigner.publicKey,
  };
  return { der, keys };
}

test('A re-issued certificate of any key type verifies under the new issuer and holds the new key', (t) => {
  for (const subjectKind of KINDS) {
    for (const signerKind of KINDS) {
      const { der, keys } = sample(subjectKind, signerKind);
      const again = new X509Certificate(reissueCertificate(der, keys, KEEP));
      t.true(again.verify(keys.newSignerPublicKey), `${subjectKind} under ${signerKind}`);
      t.deepEqual(publicDer(again.publicKey), publicDer(keys.newSubjectKey));
    }
  }
});

test('Everything but key, identifiers and signature stays byte for byte', (t) => {
  const { der, keys } = sample('p256', 'rsa');
  const again = readCertificate(reissueCertificate(der, keys, KEEP));
  const before = readCertificate(der);
  for (const part of [
    'serialNumber',
    'signature',
    'issuer',
    'notBefore',
    'notAfter',
    'subject',
    'signatureAlgorithm',
  ] as const) {
    t.deepEqual(again[part].raw, before[part].raw, part);
  }
  const others = (view: typeof before) =>
    view.extensions
      .filter(({ oid }) => !['2.5.29.14', '2.5.29.35'].includes(oid))
      .map(({ node }) => Buffer.from(node.raw).toString('hex'));
  t.deepEqual(others(again), others(before));
});

test('Re-issuing with the old keys changes nothing but the signature', (t) => {
  const { der } = sample('p256', 'ed25519');
  const signer = testKey('ed25519', 1);
  const keys = {
    newSubjectKey: testKey('p256', 0).publicKey,
    oldSignerSpki: publicDer(signer.publicKey),
    newSignerKey: signer.privateKey,
    newSignerPublicKey: signer.publicKey,
  };
  t.deepEqual(Buffer.from(reissueCertificate(der, keys, KEEP)), Buffer.from(der));
});

test('Key identifiers follow the convention of the old ones, or stay equal to each other where it is unknown', (t) => {
  for (const identifiers of ['sha1', 'sha256', 'own'] as const) {
    const ca = testKey('rsa', 5);
    const newCa = testKey('rsa', 6);
    const make = (subject: string, key: typeof ca) =>
      makeCertificate({
        subject,
        issuer: 'ca',
        key: key.publicKey,
        signer: ca.privateKey,
        signerPublic: ca.publicKey,
        identifiers,
      });
    const policyKeys = {
      oldSignerSpki: publicDer(ca.publicKey),
      newSignerKey: newCa.privateKey,
      newSignerPublicKey: newCa.publicKey,
    };
    const newRoot = readCertificate(
      reissueCertificate(make('ca', ca), { ...policyKeys, newSubjectKey: newCa.publicKey }, KEEP),
    );
    const newLeaf = readCertificate(
      reissueCertificate(
        make('leaf', testKey('p256', 7)),
        { ...policyKeys, newSubjectKey: testKey('p256', 8).publicKey },
        KEEP,
      ),
    );
    const rootIdentifier = subjectKeyIdOf(newRoot)?.content as Uint8Array;
    t.deepEqual(authorityKeyIdOf(newLeaf)?.keyIdentifier?.content, rootIdentifier, identifiers);
    const convention = identifierConvention(rootIdentifier, publicDer(newCa.publicKey));
    t.is(convention, { sha1: 'rfc5280-1', sha256: 'rfc7093-1', own: undefined }[identifiers]);
  }
});

test('Name rules change common names, DNS names and addresses, and nothing else', (t) => {
  const { der, keys } = sample('p256', 'p256', { subject: 'system:node:seed-node' });
  const names = [
    { kind: 'exact', from: 'system:node:seed-node', to: 'system:node:target' },
    { kind: 'domain', from: 'seed.example', to: 'target.example.org' },
    { kind: 'exact', from: '192.168.126.10', to: 'fd00::10' },
  ] as const;
  const again = reissueCertificate(der, keys, { ...KEEP, names });
  t.deepEqual(commonNamesOf(readCertificate(again).subject), ['system:node:target']);
  t.is(
    new X509Certificate(again).subjectAltName,
    'DNS:api.target.example.org, DNS:*.apps.target.example.org, DNS:kubernetes.default, IP Address:FD00:0:0:0:0:0:0:10',
  );
});

test('Expiring and then extending restores the length of any validity', (t) => {
  const dates = fc.date({ min: new Date('1990-01-01'), max: new Date('2080-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(dates, fc.integer({ min: 1, max: 60 * 365 * 86_400 }), (from, seconds) => {
      const start = new Date(Math.floor(from.getTime() / 1000) * 1000);
      const { der, keys } = sample('p256', 'p256', {
        from: start,
        until: new Date(start.getTime() + seconds * 1000),
      });
      const expired = readCertificate(reissueCertificate(der, keys, { ...KEEP, validity: 'expire' }));
      const extended = readCertificate(
        reissueCertificate(expired.root.raw, keys, { ...KEEP, validity: 'extend' }),
      );
      return (
        timeOf(expired.notAfter).getTime() === KEEP.now.getTime() &&
        timeOf(extended.notBefore).getTime() === KEEP.now.getTime() &&
        timeOf(extended.notAfter).getTime() - timeOf(extended.notBefore).getTime() === seconds * 1000
      );
    }),
    { numRuns: 50 },
  );
  t.pass();
});

test('A signer whose new key is of another type brings a fitting signature algorithm', (t) => {
  const { der, keys } = sample('p256', 'rsa');
  const given = testKey('p384', 9);
  const again = reissueCertificate(
    der,
    { ...keys, newSignerKey: given.privateKey, newSignerPublicKey: given.publicKey },
    KEEP,
  );
  t.true(new X509Certificate(again).verify(createPublicKey(given.privateKey)));
});

test('The certificate that a host makes itself is renamed with the host, and so is its authority', (t) => {
  const names = [{ kind: 'self-made', from: 'seed-ca', to: 'target' }] as const;
  for (const [before, after] of [
    ['seed-ca@1796051024', 'target@1796051024'],
    ['seed-ca-ca@1796051013', 'target-ca@1796051013'],
    ['seed-ca@home', 'seed-ca@home'],
    ['seed@1796051024', 'seed@1796051024'],
  ] as const)
    t.is(applyNameRules(before, names), after);
});
