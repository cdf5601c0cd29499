import { constants, createHash, type KeyObject, sign, verify } from 'node:crypto';
import { publicDer } from '../keys/key-kind.ts';

interface TokenScheme {
  readonly keyType: string;
  readonly digest: string | null;
  readonly curve?: string;
  readonly isPss?: boolean;
}

/** JWS algorithms with a public key (RFC 7518 §3.1, RFC 8037 §3.1). */
const SCHEMES: Readonly<Record<string, TokenScheme>> = {
  RS256: { keyType: 'rsa', digest: 'sha256' },
  RS384: { keyType: 'rsa', digest: 'sha384' },
  RS512: { keyType: 'rsa', digest: 'sha512' },
  PS256: { keyType: 'rsa', digest: 'sha256', isPss: true },
  PS384: { keyType: 'rsa', digest: 'sha384', isPss: true },
  PS512: { keyType: 'rsa', digest: 'sha512', isPss: true },
  ES256: { keyType: 'ec', digest: 'sha256', curve: 'prime256v1' },
  ES384: { keyType: 'ec', digest: 'sha384', curve: 'secp384r1' },
  ES512: { keyType: 'ec', digest: 'sha512', curve: 'secp521r1' },
  EdDSA: { keyType: 'ed25519', digest: null },
};

/** Whether tokens of an algorithm can be signed again: those with a public key. */
export function isSignedByKeyPair(algorithm: unknown): algorithm is string {
  return typeof algorithm === 'string' && Object.hasOwn(SCHEMES, algorithm);
}

/** Whether a key can make signatures of an algorithm. */
export function tokenSchemeFits(algorithm: string, key: KeyObject): boolean {
  const scheme = SCHEMES[algorithm];
  if (scheme === undefined || key.asymmetricKeyType !== scheme.keyType) return false;
  return scheme.curve === undefined || key.asymmetricKeyDetails?.namedCurve === scheme.curve;
}

/** @throws TypeError for an algorithm `isSignedByKeyPair` refuses */
export function signToken(algorithm: string, signingInput: string, key: KeyObject): Uint8Array {
  const scheme = schemeOf(algorithm);
  return sign(scheme.digest, Buffer.from(signingInput), { key, ...keyOptions(scheme) });
}

/** Whether a token's signature holds under a public (or private) key. */
export function verifyToken(
  algorithm: string,
  signingInput: string,
  key: KeyObject,
  signature: Uint8Array,
): boolean {
  if (!tokenSchemeFits(algorithm, key)) return false;
  const scheme = schemeOf(algorithm);
  try {
    return verify(scheme.digest, Buffer.from(signingInput), { key, ...keyOptions(scheme) }, signature);
  } catch {
    return false;
  }
}

/** Kubernetes' key identifier: unpadded base64url of the SHA-256 over the SubjectPublicKeyInfo. */
export function tokenKeyId(key: KeyObject): string {
  return createHash('sha256').update(publicDer(key)).digest('base64url');
}

function schemeOf(algorithm: string): TokenScheme {
  const scheme = SCHEMES[algorithm];
  if (scheme === undefined) throw new TypeError(`JWS algorithm ${algorithm} has no key pair.`);
  return scheme;
}

function keyOptions(scheme: TokenScheme): {
  dsaEncoding?: 'ieee-p1363';
  padding?: number;
  saltLength?: number;
} {
  if (scheme.keyType === 'ec') return { dsaEncoding: 'ieee-p1363' };
  if (scheme.isPss !== true) return {};
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}
