import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  ipOctets,
  nullValue,
  OIDS,
  octetString,
  oid,
  sequence,
  setOf,
  time,
  utf8String,
} from '../../../../recert/codec/der/index.ts';
import { fromLatin1 } from '../../../../recert/codec/text.ts';

export interface SampleOptions {
  readonly commonName?: string;
  readonly notAfter?: Date;
  readonly keys?: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
}

/** A key pair on P-256; quick to make. */
export function ecKeys(curve = 'prime256v1'): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: curve });
}

/** A self-signed ECDSA certificate built from the encoders, with SAN, SKID and AKID. */
export function sampleCertificate(options: SampleOptions = {}): Uint8Array {
  const { publicKey, privateKey } = options.keys ?? ecKeys();
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  const name = sequence(
    setOf(sequence(oid(OIDS.organization), utf8String('lca, tests'))),
    setOf(sequence(oid(OIDS.commonName), utf8String(options.commonName ?? 'sample'))),
  );
  const keyId = new Uint8Array(createHash('sha1').update(spki).digest());
  const san = sequence(
    ...(options.dnsNames ?? ['api.example.com']).map((host) => implicit(2, fromLatin1(host))),
    ...(options.ips ?? ['192.0.2.1', '2001:db8::1']).map((ip) => implicit(7, ipOctets(ip) as Uint8Array)),
  );
  const signature = sequence(oid(OIDS.ecdsaWithSha256));
  const tbs = sequence(
    explicit(0, integer(2)),
    integer(Uint8Array.of(0x80, 1, 2, 3)),
    signature,
    name,
    sequence(
      time(new Date('2026-01-02T03:04:05Z')),
      time(options.notAfter ?? new Date('2036-01-02T03:04:05Z')),
    ),
    name,
    spki,
    explicit(
      3,
      sequence(
        sequence(oid(OIDS.basicConstraints), boolean(true), octetString(sequence(boolean(true)))),
        sequence(oid(OIDS.subjectKeyIdentifier), octetString(octetString(keyId))),
        sequence(oid(OIDS.authorityKeyIdentifier), octetString(sequence(implicit(0, keyId)))),
        sequence(oid(OIDS.subjectAltName), octetString(san)),
      ),
    ),
  );
  return sequence(tbs, signature, bitString(new Uint8Array(sign('sha256', tbs, privateKey))));
}

/** SPKI of an RSA key with exactly these numbers; no real key. */
export function rsaSpki(modulus: Uint8Array): Uint8Array {
  return sequence(
    sequence(oid(OIDS.rsaEncryption), nullValue()),
    bitString(sequence(integer(modulus), integer(65537))),
  );
}
