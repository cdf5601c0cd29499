import { constants, type KeyObject, sign, verify } from 'node:crypto';
import { type DerNode, integerOf, nullValue, oid, oidOf, sequence } from '../codec/der/index.ts';
import { RecertError } from '../recert-error.ts';

/** How a signature of an AlgorithmIdentifier is made. */
export interface SignatureScheme {
  readonly keyTypes: readonly string[];
  /** Digest name for OpenSSL; null where the scheme has its own. */
  readonly digest: string | null;
  /** RSASSA-PSS salt length in bytes. */
  readonly pssSalt?: number;
}

const RSA = ['rsa'];
const EC = ['ec'];

/** RFC 3279, 4055, 5758, 8410. */
const SCHEMES: Readonly<Record<string, SignatureScheme>> = {
  '1.2.840.113549.1.1.4': { keyTypes: RSA, digest: 'md5' },
  '1.2.840.113549.1.1.5': { keyTypes: RSA, digest: 'sha1' },
  '1.2.840.113549.1.1.14': { keyTypes: RSA, digest: 'sha224' },
  '1.2.840.113549.1.1.11': { keyTypes: RSA, digest: 'sha256' },
  '1.2.840.113549.1.1.12': { keyTypes: RSA, digest: 'sha384' },
  '1.2.840.113549.1.1.13': { keyTypes: RSA, digest: 'sha512' },
  '1.2.840.10045.4.1': { keyTypes: EC, digest: 'sha1' },
  '1.2.840.10045.4.3.1': { keyTypes: EC, digest: 'sha224' },
  '1.2.840.10045.4.3.2': { keyTypes: EC, digest: 'sha256' },
  '1.2.840.10045.4.3.3': { keyTypes: EC, digest: 'sha384' },
  '1.2.840.10045.4.3.4': { keyTypes: EC, digest: 'sha512' },
  '1.3.101.112': { keyTypes: ['ed25519'], digest: null },
  '1.3.101.113': { keyTypes: ['ed448'], digest: null },
};

const PSS = '1.2.840.113549.1.1.10';
const HASHES: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
/** RFC 4055 §3.1: what absent PSS parameters mean. */
const PSS_DEFAULT_SALT = 20;

/**
 * The scheme an AlgorithmIdentifier names.
 *
 * @throws RecertError `unsupported`
 */
export function schemeOf(algorithm: DerNode): SignatureScheme {
  const name = oidOf(algorithm.child(0));
  const known = name === PSS ? pssScheme(algorithm) : SCHEMES[name];
  if (known === undefined) {
    throw new RecertError('unsupported', `Signature algorithm ${name} is not known.`);
  }
  return known;
}

/** Whether a key can sign under an AlgorithmIdentifier. */
export function schemeFits(scheme: SignatureScheme, key: KeyObject): boolean {
  return scheme.keyTypes.includes(key.asymmetricKeyType ?? '');
}

/** The AlgorithmIdentifier for a key whose type is another than its predecessor's (use-key). */
export function usualAlgorithm(key: KeyObject): Uint8Array {
  const type = key.asymmetricKeyType;
  if (type === 'ed25519') return sequence(oid('1.3.101.112'));
  if (type === 'ed448') return sequence(oid('1.3.101.113'));
  if (type !== 'ec') return sequence(oid('1.2.840.113549.1.1.11'), nullValue());
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const last = curve === 'secp521r1' ? 4 : curve === 'secp384r1' ? 3 : 2;
  return sequence(oid(`1.2.840.10045.4.3.${last}`));
}

export function signWith(scheme: SignatureScheme, data: Uint8Array, key: KeyObject): Uint8Array {
  return sign(scheme.digest, data, { key, ...pssOptions(scheme) });
}

/** Whether a signature holds; a key of another type simply does not fit. */
export function verifyWith(
  scheme: SignatureScheme,
  data: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
): boolean {
  if (!schemeFits(scheme, key)) return false;
  try {
    return verify(scheme.digest, data, { key, ...pssOptions(scheme) }, signature);
  } catch {
    return false;
  }
}

function pssOptions(scheme: SignatureScheme): { padding?: number; saltLength?: number } {
  if (scheme.pssSalt === undefined) return {};
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.pssSalt };
}

function pssScheme(algorithm: DerNode): SignatureScheme | undefined {
  let digest: string | undefined = 'sha1';
  let pssSalt = PSS_DEFAULT_SALT;
  for (const field of algorithm.children[1]?.children ?? []) {
    if (field.isContext(0)) digest = HASHES[oidOf(field.child(0).child(0))];
    if (field.isContext(2)) pssSalt = Number(integerOf(field.child(0)));
  }
  return digest === undefined ? undefined : { keyTypes: ['rsa', 'rsa-pss'], digest, pssSalt };
}
