import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import test from 'ava';
import * as fc from 'fast-check';
import { CodecError } from '../../../../../recert/codec/codec-error.ts';
import {
  authorityKeyIdOf,
  commonNamesOf,
  editDer,
  extensionOf,
  integer,
  ipOctets,
  nameText,
  OIDS,
  readCertificate,
  readGeneralNames,
  readName,
  readPrivateKey,
  readPublicKey,
  readPublicKeyNode,
  subjectKeyIdOf,
  timeOf,
  utf8String,
} from '../../../../../recert/codec/der/index.ts';
import { ecKeys, rsaSpki, sampleCertificate } from '../sample-certificates.ts';

test('a certificate is read as Node reads it', (t) => {
  const der = sampleCertificate({ notAfter: new Date('2055-01-02T03:04:05Z') });
  const certificate = readCertificate(der);
  const node = new X509Certificate(der);
  t.is(certificate.version, 3);
  t.is(Buffer.from(certificate.serialNumber.content).toString('hex'), `00${node.serialNumber.toLowerCase()}`);
  t.deepEqual(timeOf(certificate.notBefore), new Date(node.validFrom));
  t.deepEqual(timeOf(certificate.notAfter), new Date(node.validTo));
  t.is(nameText(certificate.subject), 'O=lca\\, tests, CN=sample');
  t.deepEqual(commonNamesOf(certificate.subject), ['sample']);
  t.deepEqual(
    Buffer.from(certificate.subjectPublicKeyInfo.raw),
    node.publicKey.export({ type: 'spki', format: 'der' }),
  );
  t.true(node.verify(node.publicKey));
});

test('alternative names and key identifiers are found', (t) => {
  const certificate = readCertificate(sampleCertificate());
  const san = extensionOf(certificate, OIDS.subjectAltName);
  t.deepEqual(
    readGeneralNames(san?.value.inside() ?? t.fail()).map(({ kind, text }) => `${kind}:${text}`),
    ['dns:api.example.com', 'ip:192.0.2.1', 'ip:2001:db8::1'],
  );
  t.deepEqual(subjectKeyIdOf(certificate)?.content, authorityKeyIdOf(certificate)?.keyIdentifier?.content);
  t.true(extensionOf(certificate, OIDS.basicConstraints)?.critical);
  t.false(san?.critical);
});

test('editing serial and subject leaves every other field byte-identical', (t) => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 2n ** 159n }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      (serial, cn) => {
        const certificate = readCertificate(SAMPLE);
        const subjectCn = readName(certificate.subject)[1]?.value;
        if (subjectCn === undefined) return false;
        const edited = readCertificate(
          editDer(certificate.root, [
            { node: certificate.serialNumber, replacement: integer(serial) },
            { node: subjectCn, replacement: utf8String(cn) },
          ]),
        );
        t.deepEqual(commonNamesOf(edited.subject), [cn]);
        for (const field of [
          'issuer',
          'notBefore',
          'notAfter',
          'subjectPublicKeyInfo',
          'signatureValue',
        ] as const) {
          t.deepEqual(edited[field].raw, certificate[field].raw);
        }
        t.deepEqual(
          edited.extensions.map(({ node }) => node.raw),
          certificate.extensions.map(({ node }) => node.raw),
        );
        return true;
      },
    ),
    { numRuns: 40 },
  );
});

const SAMPLE = sampleCertificate();

test('a certificate with any byte damaged is read or refused with a place', (t) => {
  fc.assert(
    fc.property(fc.nat(SAMPLE.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const copy = Uint8Array.from(SAMPLE);
      copy[at] = value;
      try {
        const certificate = readCertificate(copy);
        nameText(certificate.subject);
        const san = extensionOf(certificate, OIDS.subjectAltName);
        if (san !== undefined) readGeneralNames(san.value.inside());
        authorityKeyIdOf(certificate);
        subjectKeyIdOf(certificate);
        readPublicKeyNode(certificate.subjectPublicKeyInfo);
      } catch (error) {
        return error instanceof CodecError;
      }
      return true;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('private keys tell their form and kind, as Node wrote them', (t) => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const pkcs1 = readPrivateKey(rsa.export({ type: 'pkcs1', format: 'der' }));
  const pkcs8 = readPrivateKey(rsa.export({ type: 'pkcs8', format: 'der' }));
  t.is(pkcs1.form, 'pkcs1');
  t.is(pkcs8.form, 'pkcs8');
  t.deepEqual(pkcs1.algorithm, pkcs8.algorithm);
  t.like(pkcs1.algorithm, { type: 'rsa', bits: 1024, publicExponent: 65537n });
  for (const [curve, name] of [
    ['prime256v1', 'P-256'],
    ['secp384r1', 'P-384'],
    ['secp521r1', 'P-521'],
  ] as const) {
    const { privateKey } = ecKeys(curve);
    t.like(readPrivateKey(privateKey.export({ type: 'sec1', format: 'der' })), {
      form: 'sec1',
      algorithm: { type: 'ec', curve: name },
    });
    t.like(readPrivateKey(privateKey.export({ type: 'pkcs8', format: 'der' })), {
      form: 'pkcs8',
      algorithm: { type: 'ec', curve: name },
    });
  }
  const ed = generateKeyPairSync('ed25519').privateKey;
  t.like(readPrivateKey(ed.export({ type: 'pkcs8', format: 'der' })), { algorithm: { type: 'ed25519' } });
});

test('public keys tell their form and kind, and give the bits that key identifiers hash', (t) => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const spki = readPublicKey(publicKey.export({ type: 'spki', format: 'der' }));
  const pkcs1 = readPublicKey(publicKey.export({ type: 'pkcs1', format: 'der' }));
  t.is(spki.form, 'spki');
  t.is(pkcs1.form, 'pkcs1');
  t.deepEqual(Buffer.from(spki.subjectPublicKey), Buffer.from(pkcs1.subjectPublicKey));
  t.deepEqual(spki.algorithm, pkcs1.algorithm);
  const ec = readPublicKey(ecKeys().publicKey.export({ type: 'spki', format: 'der' }));
  t.is(ec.subjectPublicKey.length, 65);
  t.like(readPublicKey(rsaSpki(Uint8Array.of(0x7f, 1))).algorithm, { type: 'rsa', bits: 15 });
});

test('an encrypted key is refused as such, and things that are no key are refused', (t) => {
  const encrypted = ecKeys().privateKey.export({
    type: 'pkcs8',
    format: 'der',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  });
  t.regex(t.throws(() => readPrivateKey(encrypted), { instanceOf: CodecError })?.message ?? '', /encrypted/);
  t.throws(() => readPrivateKey(SAMPLE), { instanceOf: CodecError });
  t.throws(() => readPublicKey(SAMPLE), { instanceOf: CodecError });
});

test('keys damaged anywhere never crash the reader', (t) => {
  const der = ecKeys().privateKey.export({ type: 'sec1', format: 'der' });
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const copy = Uint8Array.from(der);
      copy[at] = value;
      try {
        readPrivateKey(copy);
      } catch (error) {
        return error instanceof CodecError;
      }
      return true;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('keys read here are the keys Node reads', (t) => {
  const { privateKey } = ecKeys();
  const der = privateKey.export({ type: 'sec1', format: 'der' });
  const view = readPrivateKey(der);
  const same = createPrivateKey({ key: Buffer.from(view.root.raw), type: 'sec1', format: 'der' });
  t.true(createPublicKey(same).equals(createPublicKey(privateKey)));
});

test('IP addresses become octets and text again', (t) => {
  t.deepEqual(ipOctets('::ffff:1.2.3.4')?.subarray(10), Uint8Array.of(255, 255, 1, 2, 3, 4));
  t.is(ipOctets('1.2.3.256'), undefined);
  t.is(ipOctets('fe80::1%eth0'), undefined);
  t.is(ipOctets('example.com'), undefined);
  fc.assert(fc.property(fc.ipV6(), (ip) => ipOctets(ip)?.length === 16));
  fc.assert(fc.property(fc.ipV4(), (ip) => ipOctets(ip)?.join('.') === ip));
});
