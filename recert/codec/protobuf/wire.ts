import { CodecError } from '../codec-error.ts';

/** How a field's content is written: varint, 8 bytes, length and bytes, group (obsolete), 4 bytes. */
export type WireType = 0 | 1 | 2 | 3 | 5;

/** One field of a message and where its parts lie; offsets are those of the bytes given to {@link readFields}. */
export interface WireField {
  readonly number: number;
  readonly wireType: WireType;
  /** The tag. */
  readonly start: number;
  /** The length (wire type 2), else the content. */
  readonly lengthStart: number;
  readonly contentStart: number;
  readonly contentEnd: number;
  /** The same as `contentEnd` but for groups, whose end tag follows the content. */
  readonly end: number;
}

const LARGEST_FIELD_NUMBER = 536_870_911;
const MOST_NESTED_GROUPS = 32;

/**
 * The fields of a message in their order, unknown ones as well as known ones.
 *
 * @throws CodecError `malformed`, `truncated`
 */
export function readFields(bytes: Uint8Array, start = 0, end = bytes.length): readonly WireField[] {
  const fields: WireField[] = [];
  for (let at = start; at < end; ) {
    const field = readField(bytes, at, end, 0);
    fields.push(field);
    at = field.end;
  }
  return fields;
}

function readField(bytes: Uint8Array, start: number, limit: number, depth: number): WireField {
  const tag = readVarint(bytes, start, limit);
  const number = Math.floor(tag.value / 8);
  const wireType = tag.value % 8;
  if (number < 1 || number > LARGEST_FIELD_NUMBER) throw malformed('a field number is out of range', start);
  const at = tag.end;
  const whole = (contentStart: number, contentEnd: number): WireField => {
    if (contentEnd > limit)
      throw new CodecError('truncated', 'a field runs past the end', { format: 'protobuf', offset: start });
    return {
      number,
      wireType: wireType as WireType,
      start,
      lengthStart: at,
      contentStart,
      contentEnd,
      end: contentEnd,
    };
  };
  switch (wireType) {
    case 0:
      return whole(at, readVarint(bytes, at, limit).end);
    case 1:
      return whole(at, at + 8);
    case 2: {
      const length = readVarint(bytes, at, limit);
      return whole(length.end, length.end + length.value);
    }
    case 3:
      return readGroup(bytes, { number, start, contentStart: at }, limit, depth);
    case 5:
      return whole(at, at + 4);
    default:
      throw malformed(
        wireType === 4 ? 'a group ends that never began' : `wire type ${wireType} does not exist`,
        start,
      );
  }
}

/** A group is kept and skipped; nothing in Kubernetes writes one, but an unknown field may be one. */
function readGroup(
  bytes: Uint8Array,
  group: { readonly number: number; readonly start: number; readonly contentStart: number },
  limit: number,
  depth: number,
): WireField {
  if (depth >= MOST_NESTED_GROUPS) {
    throw new CodecError('too-deep', 'groups are nested too deep', {
      format: 'protobuf',
      offset: group.start,
    });
  }
  for (let at = group.contentStart; at < limit; ) {
    const tag = readVarint(bytes, at, limit);
    if (tag.value % 8 === 4) {
      if (Math.floor(tag.value / 8) !== group.number) throw malformed('a group ends with another number', at);
      return { ...group, wireType: 3, lengthStart: group.contentStart, contentEnd: at, end: tag.end };
    }
    at = readField(bytes, at, limit, depth + 1).end;
  }
  throw new CodecError('truncated', 'a group has no end', { format: 'protobuf', offset: group.start });
}

/**
 * A varint and where it ends. Values above 2^53 lose precision: the bytes are what counts, lengths never get there.
 *
 * @throws CodecError `truncated`, or `malformed` beyond ten bytes
 */
export function readVarint(bytes: Uint8Array, start: number, limit: number): { value: number; end: number } {
  let value = 0;
  let factor = 1;
  for (let at = start; at < start + 10; at += 1) {
    if (at >= limit)
      throw new CodecError('truncated', 'a number has no end', { format: 'protobuf', offset: start });
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end: at + 1 };
    factor *= 128;
  }
  throw malformed('a number is longer than ten bytes', start);
}

/**
 * A non-negative number as a varint.
 *
 * @param width bytes to take, where that is more than needed: the padded form some encoders write
 */
export function varint(value: number | bigint, width = 1): Uint8Array {
  const octets: number[] = [];
  if (typeof value === 'bigint') {
    for (let left = value; left > 0n; left >>= 7n) octets.push(Number(left & 0x7fn));
  } else {
    for (let left = value; left > 0; left = Math.floor(left / 128)) octets.push(left % 128);
  }
  while (octets.length < Math.max(width, 1)) octets.push(0);
  return Uint8Array.from(octets, (octet, i) => (i < octets.length - 1 ? octet | 0x80 : octet));
}

/** The tag of a length-delimited field. */
export function bytesTag(number: number): Uint8Array {
  return varint(number * 8 + 2);
}

function malformed(what: string, offset: number): CodecError {
  return new CodecError('malformed', what, { format: 'protobuf', offset });
}
