import { isUtf8 } from 'node:buffer';
import { CodecError } from '../codec-error.ts';
import type { Range } from '../splice.ts';
import { ENVELOPE_MAGIC, isEnvelope } from './message.ts';
import { ENVELOPE_FIELDS, type ProtobufStep, printProtobufPath } from './path.ts';
import { readFields, type WireField } from './wire.ts';

/** A length-delimited field that looks like no message. */
export interface ProtobufLeaf {
  readonly path: string;
  readonly value: Uint8Array;
  readonly range: Range;
}

const MOST_NESTED = 48;
const HIGHEST_HONEST_NUMBER = 1000;
const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * All texts and byte strings of a value, found without any schema: bytes that read as text are a leaf, bytes that read
 * as whole fields are a message, and messages of exactly a text 1 and a 2 are taken for map entries. A guess, made for
 * sweeps over kinds without a table; the paths are good for `editProtobuf` all the same.
 *
 * @throws CodecError when the outermost message cannot be read
 */
export function protobufLeaves(bytes: Uint8Array): readonly ProtobufLeaf[] {
  const envelope = isEnvelope(bytes);
  const leaves: ProtobufLeaf[] = [];
  const walk = (fields: readonly WireField[], steps: readonly ProtobufStep[], inRaw: boolean): void => {
    const counts = new Map<number, number>();
    for (const { number } of fields) counts.set(number, (counts.get(number) ?? 0) + 1);
    const seen = new Map<number, number>();
    const maps = mapNumbers(bytes, fields);
    for (const field of fields) {
      const index = seen.get(field.number) ?? 0;
      seen.set(field.number, index + 1);
      if (field.wireType !== 2) continue;
      const value = bytes.subarray(field.contentStart, field.contentEnd);
      const alone = counts.get(field.number) === 1;
      const here: ProtobufStep = {
        number: field.number,
        select: alone ? { by: 'field' } : { by: 'index', index },
      };
      const isRaw = envelope && steps.length === 0 && field.number === ENVELOPE_FIELDS.raw;
      const inner = steps.length < MOST_NESTED ? innerFields(bytes, field, isRaw) : undefined;
      if (inner === undefined) {
        leaves.push({
          path: printProtobufPath({ envelope, steps: [...steps, here] }),
          value,
          range: { start: field.contentStart, end: field.contentEnd },
        });
        continue;
      }
      const key = (inRaw || !envelope) && maps.has(field.number) ? mapKey(bytes, inner) : undefined;
      if (key === undefined) {
        walk(inner, [...steps, here], inRaw || isRaw);
        continue;
      }
      walkEntry(inner, [...steps, { number: field.number, select: { by: 'key', key } }], steps, here);
    }
  };
  /** An entry's value carries the entry's own path; its key is a leaf of its own. */
  const walkEntry = (
    inner: readonly WireField[],
    valueSteps: readonly ProtobufStep[],
    steps: readonly ProtobufStep[],
    here: ProtobufStep,
  ): void => {
    const [keyField, valueField] = inner as [WireField, WireField];
    walk([keyField], [...steps, here], true);
    const nested = valueSteps.length < MOST_NESTED ? innerFields(bytes, valueField, false) : undefined;
    if (nested !== undefined) return walk(nested, valueSteps, true);
    leaves.push({
      path: printProtobufPath({ envelope, steps: valueSteps }),
      value: bytes.subarray(valueField.contentStart, valueField.contentEnd),
      range: { start: valueField.contentStart, end: valueField.contentEnd },
    });
  };
  walk(readFields(bytes, envelope ? ENVELOPE_MAGIC.length : 0), [], false);
  return leaves;
}

/** The leaf an offset lies in, as a path for a report; empty between leaves. @throws CodecError like `protobufLeaves` */
export function locateProtobuf(bytes: Uint8Array, offset: number): string {
  return protobufLeaves(bytes).find(({ range }) => range.start <= offset && offset < range.end)?.path ?? '';
}

/** The fields of a length-delimited field that is a message, as far as its bytes tell. */
function innerFields(
  bytes: Uint8Array,
  field: WireField,
  isMessage: boolean,
): readonly WireField[] | undefined {
  const content = bytes.subarray(field.contentStart, field.contentEnd);
  if (!isMessage && (content.length === 0 || (content[0] !== 0x0a && isText(content)))) return undefined;
  try {
    const fields = readFields(bytes, field.contentStart, field.contentEnd);
    const honest = fields.every(({ number, wireType }) => number <= HIGHEST_HONEST_NUMBER && wireType !== 3);
    return isMessage || honest ? fields : undefined;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** Numbers all of whose occurrences look like map entries of different keys. */
function mapNumbers(bytes: Uint8Array, fields: readonly WireField[]): ReadonlySet<number> {
  const keys = new Map<number, Set<string>>();
  const others = new Set<number>();
  for (const field of fields) {
    const inner = field.wireType === 2 ? innerFields(bytes, field, false) : undefined;
    const key = inner === undefined ? undefined : mapKey(bytes, inner);
    const known = keys.get(field.number) ?? new Set<string>();
    if (key === undefined || known.has(key)) others.add(field.number);
    else keys.set(field.number, known.add(key));
  }
  return new Set([...keys.keys()].filter((number) => !others.has(number)));
}

function mapKey(bytes: Uint8Array, fields: readonly WireField[]): string | undefined {
  const [key, value] = fields;
  if (fields.length !== 2 || key?.number !== 1 || value?.number !== 2) return undefined;
  if (key.wireType !== 2 || value.wireType !== 2) return undefined;
  const content = bytes.subarray(key.contentStart, key.contentEnd);
  return isText(content) ? TEXT.decode(content) : undefined;
}

function isText(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false;
  }
  return isUtf8(bytes);
}
