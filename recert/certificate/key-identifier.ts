import { createHash } from 'node:crypto';
import { bitStringOf, integerOf, parseDer } from '../codec/der/index.ts';

type Derive = (spki: Uint8Array) => Uint8Array | undefined;

/** The conventions by which programs derive a key identifier; the order decides where two give the same. */
const CONVENTIONS: readonly (readonly [name: string, derive: Derive])[] = [
  ['rfc7093-1', (spki) => hash('sha256', keyBits(spki)).subarray(0, 20)],
  ['rfc5280-1', (spki) => hash('sha1', keyBits(spki))],
  ['rfc5280-2', (spki) => fourAndSixty(hash('sha1', keyBits(spki)))],
  ['rfc7093-2', (spki) => hash('sha384', keyBits(spki)).subarray(0, 20)],
  ['rfc7093-3', (spki) => hash('sha512', keyBits(spki)).subarray(0, 20)],
  ['rfc7093-4', (spki) => hash('sha256', spki).subarray(0, 20)],
  ['sha1-spki', (spki) => hash('sha1', spki)],
  ['sha256-bits', (spki) => hash('sha256', keyBits(spki))],
  ['sha256-spki', (spki) => hash('sha256', spki)],
  ['library-go-sha1', (spki) => onModulus(spki, (modulus) => hash('sha1', modulus))],
  ['library-go-sha256', (spki) => onModulus(spki, (modulus) => hash('sha256', modulus).subarray(0, 20))],
];

/**
 * Which convention made an identifier of a key; undefined for one of its own making.
 *
 * @param spki SubjectPublicKeyInfo DER
 */
export function identifierConvention(identifier: Uint8Array, spki: Uint8Array): string | undefined {
  return CONVENTIONS.find(([, derive]) => same(derive(spki), identifier))?.[0];
}

/**
 * What becomes of a key identifier when its key is replaced: derived from the new key by the convention of the old,
 * or, where the old followed none, a value of the same length that depends on the old one and the new key alone. Being
 * a function of identifier and keys, subject and authority identifiers that were equal stay equal with no bookkeeping.
 *
 * @param oldSpki undefined when nobody has seen the old key
 */
export function successorIdentifier(
  identifier: Uint8Array,
  oldSpki: Uint8Array | undefined,
  newSpki: Uint8Array,
): Uint8Array {
  if (oldSpki !== undefined) {
    if (same(oldSpki, newSpki)) return identifier;
    for (const [, derive] of CONVENTIONS) {
      if (!same(derive(oldSpki), identifier)) continue;
      const successor = derive(newSpki);
      if (successor !== undefined) return successor;
    }
  }
  return createHash('shake256', { outputLength: identifier.length })
    .update(identifier)
    .update(newSpki)
    .digest();
}

function hash(name: string, bytes: Uint8Array): Uint8Array {
  return createHash(name).update(bytes).digest();
}

function keyBits(spki: Uint8Array): Uint8Array {
  return bitStringOf(parseDer(spki).child(1)).bytes;
}

/** RFC 5280 §4.2.1.2 method 2: the nibble 0100 and the last 60 bits of the SHA-1. */
function fourAndSixty(sha1: Uint8Array): Uint8Array {
  const last = Uint8Array.from(sha1.subarray(12));
  last[0] = 0x40 | ((last[0] ?? 0) & 0x0f);
  return last;
}

function onModulus(spki: Uint8Array, derive: (modulus: Uint8Array) => Uint8Array): Uint8Array | undefined {
  const bits = keyBits(spki);
  if (bits[0] !== 0x30) return undefined; // an EC point or a raw Edwards key, not an RSAPublicKey
  const modulus = integerOf(parseDer(bits).child(0)).toString(16);
  return derive(Buffer.from(modulus.length % 2 === 0 ? modulus : `0${modulus}`, 'hex'));
}

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}
