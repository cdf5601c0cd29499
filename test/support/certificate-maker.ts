import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  bitString,
  bitStringOf,
  boolean,
  explicit,
  implicit,
  integer,
  nullValue,
  octetString,
  oid,
  parseDer,
  sequence,
  setOf,
  time,
  tlv,
  utf8String,
} from '../../recert/codec/der/index.ts';

/** Key pairs are slow to make: tests share one of each kind and index. */
const POOL = new Map<string, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>();

export type TestKeyKind = 'rsa' | 'p256' | 'p384' | 'p521' | 'ed25519';

/** A key pair for tests; the same for the same kind and index. */
export function testKey(
  kind: TestKeyKind,
  index = 0,
): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  const name = `${kind} ${index}`;
  let pair = POOL.get(name);
  if (pair === undefined) {
    pair = makeKey(kind);
    POOL.set(name, pair);
  }
  return pair;
}

function makeKey(kind: TestKeyKind): { privateKey: KeyObject; publicKey: KeyObject } {
  switch (kind) {
    case 'rsa':
      return generateKeyPairSync('rsa', { modulusLength: 1024 });
    case 'p256':
      return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    case 'p384':
      return generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    case 'p521':
      return generateKeyPairSync('ec', { namedCurve: 'secp521r1' });
    case 'ed25519':
      return generateKeyPairSync('ed25519');
  }
}

export interface TestCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly key: KeyObject;
  readonly signer: KeyObject;
  readonly serial?: number;
  readonly from?: Date;
  readonly until?: Date;
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly Uint8Array[];
  readonly isCa?: boolean;
  /** How key identifiers are made; none without it. */
  readonly identifiers?: 'sha1' | 'sha256' | 'own';
  readonly signerPublic?: KeyObject;
}

/** DER of a certificate made from scratch, so that tests know every byte of it. */
export function makeCertificate(wanted: TestCertificate): Uint8Array {
  const algorithm = algorithmOf(wanted.signer);
  const extensions: Uint8Array[] = [];
  if (wanted.isCa) {
    extensions.push(sequence(oid('2.5.29.19'), boolean(true), octetString(sequence(boolean(true)))));
  }
  const { identifiers } = wanted;
  if (identifiers !== undefined) {
    extensions.push(
      sequence(oid('2.5.29.14'), octetString(octetString(identifier(wanted.key, identifiers)))),
    );
    const authority = identifier(wanted.signerPublic ?? wanted.signer, identifiers);
    extensions.push(sequence(oid('2.5.29.35'), octetString(sequence(implicit(0, authority)))));
  }
  const names = [
    ...(wanted.dnsNames ?? []).map((name) => tlv(0x82, Buffer.from(name))),
    ...(wanted.ips ?? []).map((octets) => tlv(0x87, octets)),
  ];
  if (names.length > 0) extensions.push(sequence(oid('2.5.29.17'), octetString(sequence(...names))));
  const tbs = sequence(
    explicit(0, integer(2)),
    integer(wanted.serial ?? 7),
    algorithm.identifier,
    commonName(wanted.issuer),
    sequence(
      time(wanted.from ?? new Date('2026-01-01T00:00:00Z')),
      time(wanted.until ?? new Date('2036-01-01T00:00:00Z')),
    ),
    commonName(wanted.subject),
    wanted.key.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [explicit(3, sequence(...extensions))]),
  );
  return sequence(tbs, algorithm.identifier, bitString(sign(algorithm.digest, tbs, wanted.signer)));
}

function commonName(text: string): Uint8Array {
  return sequence(setOf(sequence(oid('2.5.4.3'), utf8String(text))));
}

function identifier(key: KeyObject, how: 'sha1' | 'sha256' | 'own'): Uint8Array {
  const spki = key.export({ type: 'spki', format: 'der' });
  if (how === 'own') return createHash('md5').update('own').update(spki).digest();
  const bits = bitStringOf(parseDer(spki).child(1)).bytes;
  return createHash(how).update(bits).digest().subarray(0, 20);
}

function algorithmOf(signer: KeyObject): { readonly identifier: Uint8Array; readonly digest: string | null } {
  const type = signer.asymmetricKeyType;
  if (type === 'rsa') {
    return { identifier: sequence(oid('1.2.840.113549.1.1.11'), nullValue()), digest: 'sha256' };
  }
  if (type === 'ed25519') return { identifier: sequence(oid('1.3.101.112')), digest: null };
  const isP384 = signer.asymmetricKeyDetails?.namedCurve === 'secp384r1';
  return {
    identifier: sequence(oid(`1.2.840.10045.4.3.${isP384 ? 3 : 2}`)),
    digest: isP384 ? 'sha384' : 'sha256',
  };
}
