import { isUtf8 } from 'node:buffer';
import { CodecError } from '../codec-error.ts';
import type { Range } from '../splice.ts';
import { isEnvelope, Messages } from './message.ts';
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
/** Of field 1, length-delimited. */
const KEY_TAG = 0x0a;
const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * All texts and byte strings of a value, found without any schema: bytes that read as text are a leaf, bytes that read
 * as whole fields are a message, and messages of exactly a text 1 and a 2 are taken for map entries. A guess, made for
 * sweeps over kinds without a table; the paths are good for `editProtobuf` all the same.
 *
 * @param isWanted passes over fields, with all that is in them, whose content lies where it says no
 * @throws CodecError when the outermost message cannot be read, `unsupported` when the object in an envelope is encoded
 */
export function protobufLeaves(
  bytes: Uint8Array,
  isWanted: (start: number, end: number) => boolean = () => true,
): readonly ProtobufLeaf[] {
  const messages = new Messages(bytes);
  if (isEnvelope(bytes)) messages.expectPlainObject();
  const walk = new LeafWalk(bytes, isWanted);
  walk.message(messages.fieldsOf(undefined), []);
  return walk.leaves;
}

class LeafWalk {
  readonly leaves: ProtobufLeaf[] = [];
  readonly #bytes: Uint8Array;
  readonly #envelope: boolean;
  readonly #isWanted: (start: number, end: number) => boolean;

  constructor(bytes: Uint8Array, isWanted: (start: number, end: number) => boolean) {
    this.#bytes = bytes;
    this.#envelope = isEnvelope(bytes);
    this.#isWanted = isWanted;
  }

  message(fields: readonly WireField[], steps: readonly ProtobufStep[]): void {
    const byNumber = Map.groupBy(fields, ({ number }) => number);
    for (const [number, occurrences] of byNumber) {
      const wanted = occurrences.map((field) => field.wireType === 2 && this.#wants(field));
      if (!wanted.includes(true)) continue;
      const keys = this.#isInEnvelope(steps) ? undefined : mapKeys(this.#bytes, occurrences);
      occurrences.forEach((field, index) => {
        if (wanted[index] !== true) return;
        const here: ProtobufStep = {
          number,
          select: occurrences.length === 1 ? { by: 'field' } : { by: 'index', index },
        };
        const key = keys?.[index];
        if (key === undefined) this.#field(field, [...steps, here]);
        else this.#entry(field, [...steps, here], [...steps, { number, select: { by: 'key', key } }]);
      });
    }
  }

  /** An entry's value carries the entry's own path; its key is a leaf of its own. */
  #entry(field: WireField, keySteps: readonly ProtobufStep[], valueSteps: readonly ProtobufStep[]): void {
    const [key, value] = readFields(this.#bytes, field.contentStart, field.contentEnd) as [
      WireField,
      WireField,
    ];
    if (this.#wants(key)) this.message([key], keySteps);
    if (this.#wants(value)) this.#field(value, valueSteps);
  }

  #field(field: WireField, steps: readonly ProtobufStep[]): void {
    const isRaw = this.#envelope && steps.length === 1 && field.number === ENVELOPE_FIELDS.raw;
    const inner = steps.length <= MOST_NESTED ? innerFields(this.#bytes, field, isRaw) : undefined;
    if (inner !== undefined) return this.message(inner, steps);
    this.leaves.push({
      path: printProtobufPath({ envelope: this.#envelope, steps }),
      value: this.#content(field),
      range: { start: field.contentStart, end: field.contentEnd },
    });
  }

  /** Whether steps lead to a part of the envelope outside the object; nothing there is a map. */
  #isInEnvelope(steps: readonly ProtobufStep[]): boolean {
    return this.#envelope && steps[0]?.number !== ENVELOPE_FIELDS.raw;
  }

  #wants({ contentStart, contentEnd }: WireField): boolean {
    return this.#isWanted(contentStart, contentEnd);
  }

  #content({ contentStart, contentEnd }: WireField): Uint8Array {
    return this.#bytes.subarray(contentStart, contentEnd);
  }
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
  if (!isMessage && (content.length === 0 || (content[0] !== KEY_TAG && isText(content)))) return undefined;
  try {
    const fields = readFields(bytes, field.contentStart, field.contentEnd);
    const honest = fields.every(({ number, wireType }) => number <= HIGHEST_HONEST_NUMBER && wireType !== 3);
    return isMessage || honest ? fields : undefined;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** The keys of a field's occurrences, when all of them look like map entries of different keys. */
function mapKeys(bytes: Uint8Array, occurrences: readonly WireField[]): readonly string[] | undefined {
  const keys = new Set<string>();
  for (const field of occurrences) {
    const inner =
      field.wireType === 2 && mayBeEntry(bytes, field) ? innerFields(bytes, field, false) : undefined;
    const key = inner === undefined ? undefined : mapKey(bytes, inner);
    if (key === undefined || keys.has(key)) return undefined;
    keys.add(key);
  }
  return [...keys];
}

/** Whether a field begins like a message whose first field is a text 1; the tag may be padded. */
function mayBeEntry(bytes: Uint8Array, { contentStart }: WireField): boolean {
  return bytes[contentStart] === KEY_TAG || bytes[contentStart] === (KEY_TAG | 0x80);
}

function mapKey(bytes: Uint8Array, fields: readonly WireField[]): string | undefined {
  const [key, value] = fields;
  if (fields.length !== 2 || key?.number !== 1 || value?.number !== 2) return undefined;
  if (key.wireType !== 2 || value.wireType !== 2) return undefined;
  const content = bytes.subarray(key.contentStart, key.contentEnd);
  return isText(content) ? TEXT.decode(content) : undefined;
}

function isText(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false;
  }
  return isUtf8(bytes);
}
