import { CodecError } from '../codec-error.ts';
import { concatBytes } from '../splice.ts';
import { fromLatin1, fromUtf8 } from '../text.ts';
import { TAG } from './node.ts';

const CONSTRUCTED = 0x20;
const CONTEXT = 0x80;

/** The shortest length octets (X.690 §10.1). */
export function derLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256);
  return Uint8Array.of(0x80 + octets.length, ...octets);
}

/** An element from its first tag octet (low tag numbers only) and its content. */
export function tlv(tagOctet: number, content: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(tagOctet), derLength(content.length), content]);
}

export function sequence(...elements: readonly Uint8Array[]): Uint8Array {
  return tlv(TAG.sequence | CONSTRUCTED, concatBytes(elements));
}

/** SET OF in DER order (X.690 §11.6). */
export function setOf(...elements: readonly Uint8Array[]): Uint8Array {
  return tlv(TAG.set | CONSTRUCTED, concatBytes(elements.toSorted((a, b) => Buffer.compare(a, b))));
}

/** `[tag] EXPLICIT`. */
export function explicit(tag: number, element: Uint8Array): Uint8Array {
  return tlv(CONTEXT | CONSTRUCTED | tag, element);
}

/** `[tag] IMPLICIT` over a primitive content. */
export function implicit(tag: number, content: Uint8Array): Uint8Array {
  return tlv(CONTEXT | tag, content);
}

/** An INTEGER from a number, or from unsigned big-endian bytes of any length. */
export function integer(value: bigint | number | Uint8Array): Uint8Array {
  return tlv(
    TAG.integer,
    value instanceof Uint8Array ? unsignedContent(value) : signedContent(BigInt(value)),
  );
}

export function octetString(content: Uint8Array): Uint8Array {
  return tlv(TAG.octetString, content);
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return tlv(TAG.bitString, concatBytes([Uint8Array.of(unusedBits), bytes]));
}

export function nullValue(): Uint8Array {
  return tlv(TAG.null, new Uint8Array());
}

export function boolean(value: boolean): Uint8Array {
  return tlv(TAG.boolean, Uint8Array.of(value ? 0xff : 0));
}

export function utf8String(text: string): Uint8Array {
  return tlv(TAG.utf8String, fromUtf8(text));
}

/** @throws CodecError `invalid-value` for a character PrintableString has not (X.680 §41.4) */
export function printableString(text: string): Uint8Array {
  if (!/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)) throw invalid('the text does not fit a PrintableString');
  return tlv(TAG.printableString, fromLatin1(text));
}

/** @throws CodecError `invalid-value` for a character outside ASCII */
export function ia5String(text: string): Uint8Array {
  if (!/^[\0-\x7f]*$/.test(text)) throw invalid('the text does not fit an IA5String');
  return tlv(TAG.ia5String, fromLatin1(text));
}

/**
 * An OBJECT IDENTIFIER from its dotted form.
 *
 * @throws CodecError `invalid-value` for anything else
 */
export function oid(dotted: string): Uint8Array {
  if (!/^[0-2](\.(0|[1-9][0-9]*))+$/.test(dotted))
    throw invalid('the text is not a dotted object identifier');
  const [first, second, ...rest] = dotted.split('.').map(BigInt) as [bigint, bigint, ...bigint[]];
  if (first < 2n && second > 39n) throw invalid('the second arc of the object identifier is above 39');
  return tlv(TAG.oid, Uint8Array.from([first * 40n + second, ...rest].flatMap(base128)));
}

/** UTCTime until 2049, GeneralizedTime from 2050 and before 1950, whole seconds, Z (RFC 5280 §4.1.2.5). */
export function time(date: Date): Uint8Array {
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < 0 || year > 9999) throw invalid('the date has no four-digit year');
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+Z$/g, '');
  const short = year >= 1950 && year < 2050;
  return tlv(short ? TAG.utcTime : TAG.generalizedTime, fromLatin1(`${short ? digits.slice(2) : digits}Z`));
}

function base128(arc: bigint): number[] {
  const octets = [Number(arc & 0x7fn)];
  for (let left = arc >> 7n; left > 0n; left >>= 7n) octets.unshift(Number(left & 0x7fn) | 0x80);
  return octets;
}

function unsignedContent(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const trimmed = bytes.subarray(start);
  if (trimmed.length === 0) return Uint8Array.of(0);
  return (trimmed[0] as number) & 0x80 ? concatBytes([Uint8Array.of(0), trimmed]) : trimmed;
}

function signedContent(value: bigint): Uint8Array {
  let width = 1;
  while (BigInt.asIntN(width * 8, value) !== value) width += 1;
  const hex = BigInt.asUintN(width * 8, value)
    .toString(16)
    .padStart(width * 2, '0');
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function invalid(what: string): CodecError {
  return new CodecError('invalid-value', what, { format: 'DER' });
}
