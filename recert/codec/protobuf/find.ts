import { CodecError } from '../codec-error.ts';
import type { Range } from '../splice.ts';
import { utf8 } from '../text.ts';
import { isEnvelope, Messages } from './message.ts';
import { parseProtobufPath, printProtobufPath } from './path.ts';

export interface ProtobufMatch {
  /** Leads to this field alone. */
  readonly path: string;
  /** Length-delimited: the content; numbers: their bytes as they stand. */
  readonly value: Uint8Array;
  readonly range: Range;
}

/**
 * All fields a path leads to, in the order of the bytes.
 *
 * @throws CodecError `invalid-path`, or what reading the bytes finds
 */
export function findProtobuf(bytes: Uint8Array, path: string): readonly ProtobufMatch[] {
  return new Messages(bytes).find(parseProtobufPath(path)).map(({ path: concrete, field }) => ({
    path: printProtobufPath(concrete),
    value: bytes.subarray(field.contentStart, field.contentEnd),
    range: { start: field.contentStart, end: field.contentEnd },
  }));
}

/** The envelope of a protobuf value (`runtime.Unknown`). */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The object's own message. */
  readonly raw: Uint8Array;
  readonly contentEncoding: string;
  readonly contentType: string;
}

/**
 * Reads the envelope; absent fields are empty.
 *
 * @throws CodecError `malformed`, `truncated`, `not-utf8`
 */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (!isEnvelope(bytes))
    throw new CodecError('malformed', 'the k8s envelope is missing', { format: 'protobuf', offset: 0 });
  const messages = new Messages(bytes);
  const last = (number: number, inner?: number): Uint8Array => {
    let field = messages.occurrences(undefined, number).at(-1);
    if (field !== undefined && inner !== undefined && field.wireType === 2) {
      field = messages.occurrences(field, inner).at(-1);
    }
    return field?.wireType === 2 ? bytes.subarray(field.contentStart, field.contentEnd) : new Uint8Array();
  };
  return {
    apiVersion: utf8(last(1, 1)),
    kind: utf8(last(1, 2)),
    raw: last(2),
    contentEncoding: utf8(last(3)),
    contentType: utf8(last(4)),
  };
}
