import { createHash } from 'node:crypto';
import { schemeOf, verifyWith } from '../certificate/signature-algorithm.ts';
import { authorityKeyIdOf, bitStringOf, type CertificateView, subjectKeyIdOf } from '../codec/der/index.ts';
import { readJwt } from '../codec/jwt/index.ts';
import type { CertificateItem, KeyItem, TokenItem } from '../inventory/inventory.ts';
import type { KeyId, KeyKind } from '../keys/key-kind.ts';
import { tokenKeyId, verifyToken } from '../token/token-signature.ts';

/** Finds the keys behind signatures: by name first, by key identifier next, by trying every key last. */
export class SignerFinder {
  readonly #keys: readonly KeyItem[];
  readonly #bySubject = new Map<string, Set<KeyItem>>();
  readonly #byIdentifier = new Map<string, Set<KeyItem>>();
  readonly #byTokenId = new Map<string, KeyItem>();
  #lastTokenSigner: KeyItem | undefined;

  /**
   * @param keys every key that may have signed something
   * @param holders certificates with their keys, for names and identifiers
   */
  constructor(
    keys: readonly KeyItem[],
    holders: readonly { readonly item: CertificateItem; readonly key: KeyItem }[],
  ) {
    this.#keys = keys;
    for (const { item, key } of holders) {
      put(this.#bySubject, hex(item.view.subject.raw), key);
      const identifier = identifierOf(item.view);
      if (identifier !== undefined) put(this.#byIdentifier, hex(identifier), key);
    }
    for (const item of keys) this.#byTokenId.set(tokenKeyId(item.key), item);
  }

  /** The key that made a certificate's signature, if it was seen. */
  ofCertificate(view: CertificateView): KeyItem | undefined {
    const scheme = schemeOf(view.signatureAlgorithm);
    const { bytes: signature } = bitStringOf(view.signatureValue);
    const holds = (key: KeyItem): boolean => verifyWith(scheme, view.tbs.raw, key.key, signature);
    const identifier = authorityKeyIdOf(view)?.keyIdentifier;
    const likely = [
      ...(this.#bySubject.get(hex(view.issuer.raw)) ?? []),
      ...(identifier === undefined ? [] : (this.#byIdentifier.get(hex(identifier.content)) ?? [])),
    ];
    return likely.find(holds) ?? this.#keys.find(holds);
  }

  /** The key that signed a token, if it was seen. */
  ofToken({ token, algorithm }: TokenItem): KeyItem | undefined {
    const { header, signingInput, signature } = readJwt(token);
    const holds = (key: KeyItem): boolean => verifyToken(algorithm, signingInput, key.key, signature);
    const named = typeof header['kid'] === 'string' ? this.#byTokenId.get(header['kid']) : undefined;
    const likely = [named, this.#lastTokenSigner].filter((key) => key !== undefined);
    const signer = likely.find(holds) ?? this.#keys.find(holds);
    this.#lastTokenSigner = signer ?? this.#lastTokenSigner;
    return signer;
  }
}

/**
 * The stand-in for an issuer key nobody has seen: the same one for all certificates that name the same issuer and the
 * same authority key identifier, so that siblings stay siblings. Its kind is read off the signature it made.
 */
export function unseenSigner(view: CertificateView): { readonly id: KeyId; readonly kind: KeyKind } {
  const identifier = authorityKeyIdOf(view)?.keyIdentifier?.content ?? new Uint8Array();
  const name = createHash('sha256').update(view.issuer.raw).update(identifier).digest('hex');
  return { id: `unseen:${name}`, kind: signerKind(view) };
}

const CURVE_OF_DIGEST: Readonly<Record<string, string>> = { sha384: 'secp384r1', sha512: 'secp521r1' };
const OTHER_EXPONENT = 65_537;

function signerKind(view: CertificateView): KeyKind {
  const { keyTypes, digest } = schemeOf(view.signatureAlgorithm);
  const type = keyTypes[0];
  if (type === 'ed25519' || type === 'ed448') return { type };
  if (type === 'ec') return { type, curve: CURVE_OF_DIGEST[digest ?? ''] ?? 'prime256v1' };
  const bits = bitStringOf(view.signatureValue).bytes.length * 8;
  return { type: 'rsa', bits, exponent: OTHER_EXPONENT };
}

/** A malformed identifier of another's certificate is no reason to stop; of the cluster's own it is noted elsewhere. */
function identifierOf(view: CertificateView): Uint8Array | undefined {
  try {
    return subjectKeyIdOf(view)?.content;
  } catch {
    return undefined;
  }
}

function put<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([value]));
  else set.add(value);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
