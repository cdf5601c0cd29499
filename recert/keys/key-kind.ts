import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { RecertError } from '../recert-error.ts';

/**
 * Names a key pair by its public half: hex SHA-256 of the SubjectPublicKeyInfo. Also made for keys nobody has seen
 * (the issuer of an orphaned certificate), then with a prefix `unseen:`.
 */
export type KeyId = string;

/** What a new key must be like to take an old one's place. */
export type KeyKind =
  | { readonly type: 'rsa' | 'rsa-pss'; readonly bits: number; readonly exponent: number }
  | { readonly type: 'ec'; readonly curve: string }
  | { readonly type: 'ed25519' | 'ed448' | 'x25519' | 'x448' };

const USUAL_EXPONENT = 65_537;

/** The id of a private or public key. */
export function keyIdOf(key: KeyObject): KeyId {
  return hash('sha256', publicDer(key), 'hex');
}

/** SubjectPublicKeyInfo of a public key, or of a private key's public half. */
export function publicDer(key: KeyObject): Uint8Array {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ type: 'spki', format: 'der' });
}

/**
 * The kind of a key.
 *
 * @throws RecertError `unsupported` for DSA, DH and keys whose curve has no name
 */
export function keyKindOf(key: KeyObject): KeyKind {
  const details = key.asymmetricKeyDetails ?? {};
  const type = key.asymmetricKeyType;
  if (type === 'rsa' || type === 'rsa-pss') {
    const exponent = Number(details.publicExponent ?? USUAL_EXPONENT);
    const fitting = exponent < 2 ** 32 ? exponent : USUAL_EXPONENT;
    return { type, bits: details.modulusLength ?? 0, exponent: fitting };
  }
  if (type === 'ec' && details.namedCurve !== undefined) return { type, curve: details.namedCurve };
  if (type === 'ed25519' || type === 'ed448' || type === 'x25519' || type === 'x448') return { type };
  throw new RecertError('unsupported', `A key of type ${type ?? 'unknown'} cannot be re-issued.`);
}

/** How people call it: `RSA 2048`, `EC prime256v1`, `ed25519`. */
export function printKeyKind(kind: KeyKind): string {
  if (kind.type === 'rsa' || kind.type === 'rsa-pss') return `${kind.type.toUpperCase()} ${kind.bits}`;
  return kind.type === 'ec' ? `EC ${kind.curve}` : kind.type;
}
