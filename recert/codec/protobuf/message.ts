import { CodecError } from '../codec-error.ts';
import {
  ENVELOPE_FIELDS,
  type ProtobufPath,
  type ProtobufStep,
  printProtobufPath,
  type Selector,
} from './path.ts';
import { readFields, type WireField } from './wire.ts';

/** `k8s` and NUL, before each protobuf value in etcd. */
export const ENVELOPE_MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0);

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** An entry of a map field: a message of key (1) and value (2). */
export interface MapEntry {
  /** The occurrence of the map field. */
  readonly field: WireField;
  readonly fields: readonly WireField[];
  /** Undefined when the key is no text. */
  readonly key: string | undefined;
  /** Undefined when the entry leaves its (empty) value out. */
  readonly value: WireField | undefined;
}

/** Where a path leads: the field, and the length-delimited fields around it from the outside in. */
export interface Place {
  readonly path: ProtobufPath;
  readonly field: WireField;
  /** Set when the path ends in a map key: `field` is then the value. */
  readonly entry: MapEntry | undefined;
  readonly around: readonly WireField[];
}

/** The messages of one value, each read once. */
export class Messages {
  readonly bytes: Uint8Array;
  readonly #fields = new Map<WireField | undefined, readonly WireField[]>();
  readonly #byNumber = new Map<WireField | undefined, Map<number, readonly WireField[]>>();
  readonly #entries = new Map<WireField, MapEntry>();
  readonly #hasMagic: boolean;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#hasMagic = isEnvelope(bytes);
  }

  /**
   * All places a path leads to, each with its own concrete path; none is no error.
   *
   * @throws CodecError `malformed` and others from reading; `unsupported` when `raw` is compressed
   */
  find(path: ProtobufPath): readonly Place[] {
    this.#checkEnvelope(path);
    let places: readonly { around: readonly WireField[]; steps: readonly ProtobufStep[] }[] = [
      { around: [], steps: [] },
    ];
    for (const step of path.steps.slice(0, -1)) {
      places = places.flatMap(({ around, steps }) =>
        this.#select(around.at(-1), step).flatMap(({ field, entry, concrete }) => {
          if (field.wireType !== 2) throw this.#notMessage(path, field);
          return [
            {
              around: [...around, ...(entry === undefined ? [] : [entry.field]), field],
              steps: [...steps, concrete],
            },
          ];
        }),
      );
    }
    const last = path.steps.at(-1) as ProtobufStep;
    return places.flatMap(({ around, steps }) =>
      this.#select(around.at(-1), last).map(({ field, entry, concrete }) => ({
        path: { envelope: path.envelope, steps: [...steps, concrete] },
        field,
        entry,
        around: entry === undefined ? around : [...around, entry.field],
      })),
    );
  }

  /** The one place a path leads to. @throws CodecError `not-found`, `ambiguous` */
  only(path: ProtobufPath): Place {
    const straight = this.#follow(path);
    if (straight !== undefined) return straight;
    const places = this.find(path);
    const [place] = places;
    const text = printProtobufPath(path);
    if (place === undefined)
      throw new CodecError('not-found', 'there is no such field', { format: 'protobuf', path: text });
    if (places.length > 1) {
      throw new CodecError('ambiguous', `there are ${places.length} such fields`, {
        format: 'protobuf',
        path: text,
      });
    }
    return place;
  }

  /** Makes sure that the object in the envelope is not compressed. @throws CodecError `unsupported` */
  expectPlainObject(): void {
    const encodings = this.occurrences(undefined, ENVELOPE_FIELDS.contentEncoding);
    if (
      encodings.some(({ wireType, contentStart, contentEnd }) => wireType === 2 && contentEnd > contentStart)
    ) {
      throw new CodecError('unsupported', 'the object in the envelope is encoded', {
        format: 'protobuf',
        path: 'contentEncoding',
      });
    }
  }

  /** The fields of a message; of the whole value when no field is given. */
  fieldsOf(message: WireField | undefined): readonly WireField[] {
    let fields = this.#fields.get(message);
    if (fields === undefined) {
      const start = message?.contentStart ?? (this.#hasMagic ? ENVELOPE_MAGIC.length : 0);
      fields = readFields(this.bytes, start, message?.contentEnd ?? this.bytes.length);
      this.#fields.set(message, fields);
    }
    return fields;
  }

  /** The occurrences of a field number in a message. */
  occurrences(message: WireField | undefined, number: number): readonly WireField[] {
    let byNumber = this.#byNumber.get(message);
    if (byNumber === undefined) {
      byNumber = Map.groupBy(this.fieldsOf(message), (field) => field.number);
      this.#byNumber.set(message, byNumber);
    }
    return byNumber.get(number) ?? [];
  }

  /** An occurrence of a map field taken apart. */
  entryOf(field: WireField): MapEntry {
    let entry = this.#entries.get(field);
    if (entry === undefined) {
      const fields = this.fieldsOf(field);
      const key = fields.findLast(({ number, wireType }) => number === 1 && wireType === 2);
      const value = fields.findLast(({ number, wireType }) => number === 2 && wireType === 2);
      entry = { field, fields, key: key === undefined ? '' : this.#text(key), value };
      this.#entries.set(field, entry);
    }
    return entry;
  }

  /** Where a path leads whose every step has one end only, as nearly all have; undefined for others. */
  #follow(path: ProtobufPath): Place | undefined {
    this.#checkEnvelope(path);
    const around: WireField[] = [];
    let field: WireField | undefined;
    let entry: MapEntry | undefined;
    for (const { number, select } of path.steps) {
      if (field !== undefined) around.push(field);
      if (field !== undefined && field.wireType !== 2) return undefined;
      const all = this.occurrences(field, number);
      entry = undefined;
      if (select.by === 'field') field = all.length === 1 ? all[0] : undefined;
      else if (select.by === 'index') field = all[select.index];
      else if (select.by === 'key') {
        const found = all
          .filter(({ wireType }) => wireType === 2)
          .map((one) => this.entryOf(one))
          .filter(({ key, value }) => key === select.key && value !== undefined);
        [entry] = found;
        field = found.length === 1 ? entry?.value : undefined;
        if (entry !== undefined) around.push(entry.field);
      } else return undefined;
      if (field === undefined) return undefined;
    }
    return field === undefined ? undefined : { path, field, entry, around };
  }

  #select(
    message: WireField | undefined,
    step: ProtobufStep,
  ): readonly {
    readonly field: WireField;
    readonly entry: MapEntry | undefined;
    readonly concrete: ProtobufStep;
  }[] {
    const { number, select } = step;
    const all = this.occurrences(message, number);
    const plain = (field: WireField, index: number) => ({
      field,
      entry: undefined,
      concrete: { number, select: indexSelector(index, select.by === 'field' && all.length === 1) },
    });
    switch (select.by) {
      case 'field':
      case 'every-occurrence':
        return all.map(plain);
      case 'index': {
        const field = all[select.index];
        return field === undefined ? [] : [plain(field, select.index)];
      }
      case 'key':
      case 'every-value':
        return all
          .filter(({ wireType }) => wireType === 2)
          .map((field) => this.entryOf(field))
          .flatMap((entry) => {
            const { key, value } = entry;
            if (key === undefined || value === undefined) return [];
            if (select.by === 'key' && select.key !== key) return [];
            return [{ field: value, entry, concrete: { number, select: { by: 'key' as const, key } } }];
          });
    }
  }

  #text(field: WireField): string | undefined {
    try {
      return STRICT.decode(this.bytes.subarray(field.contentStart, field.contentEnd));
    } catch {
      return undefined;
    }
  }

  #checkEnvelope(path: ProtobufPath): void {
    if (path.envelope !== this.#hasMagic) {
      const what = this.#hasMagic
        ? 'a path into an envelope begins with raw or typeMeta'
        : 'the bytes have no envelope';
      throw new CodecError('invalid-path', what, { format: 'protobuf', path: printProtobufPath(path) });
    }
    if (path.envelope && path.steps[0]?.number === ENVELOPE_FIELDS.raw) this.expectPlainObject();
  }

  #notMessage(path: ProtobufPath, field: WireField): CodecError {
    const what = `field ${field.number} is a number, not a message`;
    return new CodecError('not-found', what, {
      format: 'protobuf',
      path: printProtobufPath(path),
      offset: field.start,
    });
  }
}

function indexSelector(index: number, alone: boolean): Selector {
  return alone ? { by: 'field' } : { by: 'index', index };
}

/** Whether bytes begin like a protobuf value of Kubernetes. */
export function isEnvelope(bytes: Uint8Array): boolean {
  const [a, b, c, d] = ENVELOPE_MAGIC;
  return bytes[0] === a && bytes[1] === b && bytes[2] === c && bytes[3] === d;
}
