import { bitStringOf, integerOf, magnitudeOf, octetStringOf, oidOf } from './decode.ts';
import { type DerNode, derError, parseDer, TAG } from './node.ts';
import { OIDS } from './oids.ts';

/** What kind of key it is, so that its successor can be of the same kind. */
export type KeyAlgorithm =
  | {
      readonly type: 'rsa';
      /** Length of the modulus. */
      readonly bits: number;
      /** Unsigned big-endian, without leading zeros. */
      readonly modulus: Uint8Array;
      readonly publicExponent: bigint;
    }
  | {
      readonly type: 'ec';
      /** `P-256`, `P-384`, `P-521`, or a dotted identifier of another curve. */
      readonly curve: string;
    }
  | { readonly type: 'ed25519' | 'ed448' | 'x25519' | 'x448' }
  | { readonly type: 'other'; readonly oid: string };

export interface PrivateKeyView {
  readonly root: DerNode;
  readonly form: 'pkcs1' | 'pkcs8' | 'sec1';
  readonly algorithm: KeyAlgorithm;
}

export interface PublicKeyView {
  readonly root: DerNode;
  readonly form: 'spki' | 'pkcs1';
  readonly algorithm: KeyAlgorithm;
  /** The BIT STRING's bytes of an SPKI; the whole RSAPublicKey in the PKCS#1 form. */
  readonly subjectPublicKey: Uint8Array;
}

const CURVES: Readonly<Record<string, string>> = {
  [OIDS.p256]: 'P-256',
  [OIDS.p384]: 'P-384',
  [OIDS.p521]: 'P-521',
};
const PLAIN_TYPES: Readonly<Record<string, 'ed25519' | 'ed448' | 'x25519' | 'x448'>> = {
  [OIDS.ed25519]: 'ed25519',
  [OIDS.ed448]: 'ed448',
  [OIDS.x25519]: 'x25519',
  [OIDS.x448]: 'x448',
};

/**
 * Reads an unencrypted private key of whichever structure it has, whatever a PEM label said: PKCS#1 (RFC 8017 A.1.2),
 * PKCS#8 (RFC 5958), SEC1 (RFC 5915).
 *
 * @throws CodecError `malformed`, `truncated`, `unsupported` (a SEC1 key without its curve, an encrypted PKCS#8)
 */
export function readPrivateKey(der: Uint8Array): PrivateKeyView {
  const root = parseDer(der);
  expectKey(root);
  const [first, second, third] = root.children;
  if (first?.is(TAG.sequence) && second?.is(TAG.octetString)) {
    throw derError('unsupported', 'the private key is encrypted', root.start, root.path);
  }
  if (first?.is(TAG.integer) && second?.is(TAG.sequence) && third?.is(TAG.octetString)) {
    return { root, form: 'pkcs8', algorithm: pkcs8Algorithm(second, third) };
  }
  if (first?.is(TAG.integer) && second?.is(TAG.octetString)) {
    return { root, form: 'sec1', algorithm: { type: 'ec', curve: sec1Curve(root) } };
  }
  if (root.children.length >= 9 && root.children.slice(0, 9).every((node) => node.is(TAG.integer))) {
    return { root, form: 'pkcs1', algorithm: rsa(root.child(1), root.child(2)) };
  }
  throw derError('malformed', 'this is no private key', root.start, root.path);
}

/**
 * Reads a public key: SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) or a bare RSAPublicKey (RFC 8017 A.1.1).
 *
 * @throws CodecError `malformed`, `truncated`, `unsupported`
 */
export function readPublicKey(der: Uint8Array): PublicKeyView {
  return readPublicKeyNode(parseDer(der));
}

/** {@link readPublicKey} for an element already read, such as a certificate's `subjectPublicKeyInfo`. */
export function readPublicKeyNode(root: DerNode): PublicKeyView {
  expectKey(root);
  const [first, second] = root.children;
  if (root.children.length === 2 && first?.is(TAG.integer) && second?.is(TAG.integer)) {
    return { root, form: 'pkcs1', algorithm: rsa(first, second), subjectPublicKey: root.raw };
  }
  if (root.children.length === 2 && first?.is(TAG.sequence) && second?.is(TAG.bitString)) {
    const { bytes } = bitStringOf(second);
    const oid = oidOf(first.child(0));
    const isRsa = oid === OIDS.rsaEncryption || oid === OIDS.rsassaPss;
    const algorithm = isRsa
      ? rsa(second.inside().child(0), second.inside().child(1))
      : plainAlgorithm(oid, first);
    return { root, form: 'spki', algorithm, subjectPublicKey: bytes };
  }
  throw derError('malformed', 'this is no public key', root.start, root.path);
}

function pkcs8Algorithm(identifier: DerNode, wrapped: DerNode): KeyAlgorithm {
  const oid = oidOf(identifier.child(0));
  octetStringOf(wrapped);
  if (oid !== OIDS.rsaEncryption && oid !== OIDS.rsassaPss) return plainAlgorithm(oid, identifier);
  const inner = wrapped.inside();
  return rsa(inner.child(1), inner.child(2));
}

function plainAlgorithm(oid: string, identifier: DerNode): KeyAlgorithm {
  if (oid === OIDS.ecPublicKey) return { type: 'ec', curve: curveOf(identifier.child(1)) };
  const type = PLAIN_TYPES[oid];
  return type === undefined ? { type: 'other', oid } : { type };
}

/** The named curve stands in the `[0]` parameters of an ECPrivateKey. */
function sec1Curve(root: DerNode): string {
  const parameters = root.children.find((node) => node.isContext(0));
  if (parameters === undefined) {
    throw derError('unsupported', 'the EC private key does not name its curve', root.start, root.path);
  }
  return curveOf(parameters.child(0));
}

function curveOf(parameters: DerNode): string {
  if (!parameters.is(TAG.oid)) {
    throw derError('unsupported', 'the curve is not a named one', parameters.start, parameters.path);
  }
  const oid = oidOf(parameters);
  return CURVES[oid] ?? oid;
}

function rsa(modulusNode: DerNode, exponentNode: DerNode): KeyAlgorithm {
  const modulus = magnitudeOf(modulusNode);
  const bits = (modulus.length - 1) * 8 + (32 - Math.clz32(modulus[0] as number));
  return { type: 'rsa', bits, modulus, publicExponent: integerOf(exponentNode) };
}

function expectKey(root: DerNode): void {
  if (!root.constructed || !root.is(TAG.sequence))
    throw derError('malformed', 'a key is a SEQUENCE', root.start, root.path);
}
