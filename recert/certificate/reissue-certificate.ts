import type { KeyObject } from 'node:crypto';
import {
  authorityKeyIdOf,
  bitString,
  type CertificateView,
  type DerEdit,
  type DerNode,
  editDer,
  extensionOf,
  OIDS,
  octetString,
  parseDer,
  readCertificate,
  sequence,
  subjectKeyIdOf,
  tlv,
} from '../codec/der/index.ts';
import { publicDer } from '../keys/key-kind.ts';
import { successorIdentifier } from './key-identifier.ts';
import { generalNameEdits, type NameRule, nameEdits } from './name-rules.ts';
import { schemeFits, schemeOf, signWith, usualAlgorithm } from './signature-algorithm.ts';
import { type ValidityMode, validityEdits } from './validity.ts';

/** What holds for every certificate of a run. */
export interface ReissuePolicy {
  readonly names: readonly NameRule[];
  readonly validity: ValidityMode;
  readonly now: Date;
}

/** The keys behind one certificate: SPKI DER of the old ones where seen, and their successors. */
export interface ReissueKeys {
  readonly newSubjectKey: KeyObject;
  readonly oldSignerSpki: Uint8Array | undefined;
  readonly newSignerPublicKey: KeyObject;
  readonly newSignerKey: KeyObject;
}

/** Whether the rules would change any name in a certificate (what IP-change-only asks). */
export function namesChange(certificate: CertificateView, names: readonly NameRule[]): boolean {
  return allNameEdits(certificate, names).length > 0;
}

/**
 * A certificate again, for a new key and signed by a new key: names by the rules, validity by the mode, key
 * identifiers by the convention the old ones follow; serial number, signature algorithm and every other byte stay.
 *
 * @throws CodecError, RecertError `unsupported`
 */
export function reissueCertificate(der: Uint8Array, keys: ReissueKeys, policy: ReissuePolicy): Uint8Array {
  const certificate = readCertificate(der);
  const oldSpki = certificate.subjectPublicKeyInfo.raw;
  const newSpki = keptOr(oldSpki, keys.newSubjectKey);
  const edits: DerEdit[] = [
    ...allNameEdits(certificate, policy.names),
    ...validityEdits(certificate, policy.validity, policy.now),
    ...identifierEdits(certificate, oldSpki, newSpki, keys),
  ];
  if (newSpki !== oldSpki) edits.push({ node: certificate.subjectPublicKeyInfo, replacement: newSpki });
  const algorithm = algorithmFor(certificate.signatureAlgorithm, keys.newSignerKey);
  if (algorithm !== certificate.signatureAlgorithm.raw) {
    edits.push({ node: certificate.signature, replacement: algorithm });
  }
  return resigned(editDer(certificate.root, edits), algorithm, keys.newSignerKey);
}

/** Replaces the algorithm and signature of a signed structure (certificate, request, revocation list). */
export function resigned(der: Uint8Array, algorithm: Uint8Array, key: KeyObject): Uint8Array {
  const root = parseDer(der);
  const signature = signWith(schemeOf(parseDer(algorithm)), root.child(0).raw, key);
  return editDer(root, [
    { node: root.child(1), replacement: algorithm },
    { node: root.child(2), replacement: bitString(signature) },
  ]);
}

/** The AlgorithmIdentifier as it was, unless the new key is of another type. */
export function algorithmFor(algorithm: DerNode, key: KeyObject): Uint8Array {
  return schemeFits(schemeOf(algorithm), key) ? algorithm.raw : usualAlgorithm(key);
}

/** A key's SPKI; the very bytes of the old one where the key did not change. */
export function keptOr(oldSpki: Uint8Array, key: KeyObject): Uint8Array {
  const spki = publicDer(key);
  return Buffer.compare(spki, oldSpki) === 0 ? oldSpki : spki;
}

function allNameEdits(certificate: CertificateView, names: readonly NameRule[]): readonly DerEdit[] {
  if (names.length === 0) return [];
  const alternative = extensionOf(certificate, OIDS.subjectAltName);
  const authorityIssuer = authorityKeyIdOf(certificate)?.issuer;
  return [
    ...nameEdits(certificate.issuer, names),
    ...nameEdits(certificate.subject, names),
    ...(alternative === undefined ? [] : generalNameEdits(alternative.value.inside(), names)),
    ...(authorityIssuer === undefined ? [] : generalNameEdits(authorityIssuer, names)),
  ];
}

function identifierEdits(
  certificate: CertificateView,
  oldSpki: Uint8Array,
  newSpki: Uint8Array,
  keys: ReissueKeys,
): readonly DerEdit[] {
  const edits: DerEdit[] = [];
  const subject = subjectKeyIdOf(certificate);
  if (subject !== undefined) {
    const identifier = successorIdentifier(subject.content, oldSpki, newSpki);
    if (identifier !== subject.content) edits.push({ node: subject, replacement: octetString(identifier) });
  }
  const authority = authorityKeyIdOf(certificate)?.keyIdentifier;
  if (authority !== undefined) {
    const newSpkiOfSigner = publicDer(keys.newSignerPublicKey);
    const identifier = successorIdentifier(authority.content, keys.oldSignerSpki, newSpkiOfSigner);
    if (identifier !== authority.content) edits.push({ node: authority, replacement: tlv(0x80, identifier) });
  }
  return edits;
}

/**
 * The certificate and what may follow it in one PEM block: OpenSSL's `TRUSTED CERTIFICATE` carries its own settings
 * after the certificate.
 */
export function splitTrusted(der: Uint8Array): {
  readonly certificate: Uint8Array;
  readonly rest: Uint8Array;
} {
  if (isWhole(der)) return { certificate: der, rest: NOTHING };
  const [first] = parseDer(sequence(der)).children;
  const length = first?.raw.length ?? der.length;
  return { certificate: der.subarray(0, length), rest: der.subarray(length) };
}

const NOTHING = new Uint8Array();

/** Whether a sequence with a length of two octets, as nearly all certificates are, fills its bytes: told without parsing. */
function isWhole(der: Uint8Array): boolean {
  return (
    der[0] === 0x30 &&
    der[1] === 0x82 &&
    4 + (der[2] as number) * 256 + (der[3] as number) === der.length &&
    (der[2] as number) > 0
  );
}
