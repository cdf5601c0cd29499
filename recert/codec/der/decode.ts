import { latin1 } from '../text.ts';
import { type DerNode, derError, TAG } from './node.ts';

/** The content of an INTEGER: two's complement, big-endian. @throws CodecError `malformed` */
export function integerBytesOf(node: DerNode): Uint8Array {
  expectPrimitive(node, TAG.integer, 'an INTEGER');
  if (node.content.length === 0) throw derError('malformed', 'the INTEGER is empty', node.start, node.path);
  return node.content;
}

/** The value of an INTEGER. @throws CodecError `malformed` */
export function integerOf(node: DerNode): bigint {
  const bytes = integerBytesOf(node);
  const value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  return BigInt.asIntN(bytes.length * 8, value);
}

/** Unsigned big-endian bytes of a non-negative INTEGER without leading zeros. @throws CodecError `malformed` */
export function magnitudeOf(node: DerNode): Uint8Array {
  const bytes = integerBytesOf(node);
  if ((bytes[0] as number) & 0x80)
    throw derError('malformed', 'the INTEGER is negative', node.start, node.path);
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  return bytes.subarray(start);
}

/** The dotted form of an OBJECT IDENTIFIER. @throws CodecError `malformed` */
export function oidOf(node: DerNode): string {
  expectPrimitive(node, TAG.oid, 'an OBJECT IDENTIFIER');
  const content = node.content;
  if (content.length === 0 || content.length > 128 || (content.at(-1) as number) & 0x80) {
    throw derError('malformed', 'the OBJECT IDENTIFIER has no end', node.start, node.path);
  }
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const octet of content) {
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    if (octet & 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [first, ...rest] = arcs as [bigint, ...bigint[]];
  const top = first < 40n ? 0n : first < 80n ? 1n : 2n;
  return [top, first - top * 40n, ...rest].join('.');
}

/** A BIT STRING's bytes. @throws CodecError `malformed` */
export function bitStringOf(node: DerNode): { readonly unusedBits: number; readonly bytes: Uint8Array } {
  expectPrimitive(node, TAG.bitString, 'a BIT STRING');
  const unusedBits = node.content[0];
  if (unusedBits === undefined || unusedBits > 7 || (unusedBits > 0 && node.content.length === 1)) {
    throw derError('malformed', 'the BIT STRING does not say its unused bits', node.start, node.path);
  }
  return { unusedBits, bytes: node.content.subarray(1) };
}

/** An OCTET STRING's bytes. @throws CodecError `malformed` */
export function octetStringOf(node: DerNode): Uint8Array {
  expectPrimitive(node, TAG.octetString, 'an OCTET STRING');
  return node.content;
}

/** A BOOLEAN. @throws CodecError `malformed` */
export function booleanOf(node: DerNode): boolean {
  expectPrimitive(node, TAG.boolean, 'a BOOLEAN');
  if (node.content.length !== 1)
    throw derError('malformed', 'the BOOLEAN is not one octet', node.start, node.path);
  return node.content[0] !== 0;
}

/**
 * The moment a UTCTime (years 1950 to 2049) or GeneralizedTime names; both must end in Z or an offset.
 *
 * @throws CodecError `malformed`
 */
export function timeOf(node: DerNode): Date {
  const isShort = node.is(TAG.utcTime);
  if (!isShort) expectPrimitive(node, TAG.generalizedTime, 'a UTCTime or GeneralizedTime');
  const text = latin1(node.content);
  const match =
    /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:\.(\d{1,9}))?(Z|[+-]\d{4})$/.exec(text) ??
    undefined;
  const yearDigits = match?.[1];
  if (match === undefined || yearDigits === undefined || yearDigits.length !== (isShort ? 2 : 4)) {
    throw derError('malformed', 'the time cannot be read', node.start, node.path);
  }
  const year = isShort ? Number(yearDigits) + (Number(yearDigits) < 50 ? 2000 : 1900) : Number(yearDigits);
  const [month, day, hour, minute, second] = match.slice(2, 7).map((digits) => Number(digits ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const zone = match[8] as string;
  const offset =
    zone === 'Z' ? 0 : Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, Math.floor(Number(`0.${match[7] ?? '0'}`) * 1000));
  if (
    date.getUTCMonth() !== month - 1 ||
    date.getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  ) {
    throw derError('malformed', 'the time names a moment that does not exist', node.start, node.path);
  }
  return new Date(date.getTime() - offset * 60_000);
}

/** The text of any ASN.1 character string; bytes of Teletex and other old types are read as Latin-1. */
export function textOf(node: DerNode): string {
  const content = node.content;
  switch (node.tag) {
    case TAG.utf8String:
      return new TextDecoder().decode(content);
    case TAG.bmpString: {
      const swapped = Buffer.from(content.subarray(0, content.length - (content.length % 2)));
      return swapped.swap16().toString('utf16le');
    }
    case TAG.universalString: {
      const points: string[] = [];
      for (let at = 0; at + 4 <= content.length; at += 4) {
        const point = Buffer.from(content.subarray(at, at + 4)).readUInt32BE();
        points.push(point > 0x10_ffff ? '\ufffd' : String.fromCodePoint(point));
      }
      return points.join('');
    }
    default:
      return latin1(content);
  }
}

function expectPrimitive(node: DerNode, tag: number, what: string): void {
  if (node.constructed || !node.is(tag)) {
    throw derError('malformed', `${what} is expected here`, node.start, node.path);
  }
}
