import { type CborEdit, cborHead, editCbor, findCbor } from '../cbor/index.ts';
import { CodecError } from '../codec-error.ts';
import {
  editJson,
  encodeJsonString,
  escapesHtml,
  findJson,
  type JsonEdit,
  parsePointer,
} from '../json/index.ts';
import { decodeBase64, type LensStep, reencodeBase64 } from '../nested/index.ts';
import { editProtobuf, printProtobufPath } from '../protobuf/index.ts';
import { messageOfKind } from '../protobuf/kinds/index.ts';
import { Messages } from '../protobuf/message.ts';
import type { ProtobufPath, Selector } from '../protobuf/path.ts';
import { concatBytes } from '../splice.ts';
import { fromLatin1, fromUtf8, latin1, utf8 } from '../text.ts';
import { type ObjectIdentity, readObject, shapeOf } from './object.ts';
import {
  type NamedStep,
  type NumberedPath,
  namedPathPointer,
  numberPath,
  parseNamedPath,
  printNamedPath,
  typeOfPath,
} from './path.ts';

/** A field of a stored object, whatever its encoding. */
export interface FieldMatch {
  /** Leads to this field alone. */
  readonly path: string;
  /** Text as UTF-8; byte fields raw, their base64 undone. */
  readonly bytes: Uint8Array;
  /** The way from the stored value to `bytes`, to go on with `writeAll`. */
  readonly steps: readonly LensStep[];
}

/**
 * - `set`: new content of a field that is there
 * - `put`: the same, or a new map entry or field where there is none
 * - `remove`: the field or map entry
 * - `renameKey`: another key for a map entry
 */
export type FieldEdit =
  | { readonly path: string; readonly set: Uint8Array }
  | { readonly path: string; readonly put: Uint8Array }
  | { readonly path: string; readonly remove: true }
  | { readonly path: string; readonly renameKey: string };

/**
 * All text and byte fields a named path leads to, such as `data{*}` or `webhooks[*].clientConfig.caBundle`. In JSON and
 * CBOR a list always needs its `[…]`.
 *
 * @throws CodecError `unknown-kind` for a protobuf object without a table, `invalid-path`, or what reading finds
 */
export function findFields(bytes: Uint8Array, pattern: string): readonly FieldMatch[] {
  const object = readObject(bytes);
  const path = parseNamedPath(pattern);
  switch (object.encoding) {
    case 'protobuf':
      return findInProtobuf(bytes, object, path);
    case 'json':
      return findJson(utf8(bytes), namedPathPointer(path))
        .filter(({ kind }) => kind === 'string')
        .map(({ pointer, value }) =>
          matchOf(object, path, { lens: 'json', at: pointer }, fromUtf8(value), false),
        );
    case 'cbor':
      return findCbor(bytes, namedPathPointer(path))
        .filter(({ kind }) => kind === 'text' || kind === 'bytes')
        .map(({ pointer, value, tags }) =>
          matchOf(object, path, { lens: 'cbor', at: pointer }, value, tags.includes(22) || tags.includes(21)),
        );
  }
}

/**
 * Applies edits, all of whose paths mean the object as given; every other byte stays.
 *
 * @throws CodecError `not-found`, `ambiguous`, `overlap`, `invalid-value`, `unknown-kind`, `invalid-path`
 */
export function editFields(bytes: Uint8Array, edits: readonly FieldEdit[]): Uint8Array {
  if (edits.length === 0) return bytes;
  const object = readObject(bytes);
  switch (object.encoding) {
    case 'protobuf': {
      const shape = shapeOf(object);
      const numbered = edits.map(({ path, ...edit }) => ({
        ...edit,
        path: printProtobufPath(underRaw(numberPath(shape, parseNamedPath(path)))),
      }));
      return editProtobuf(bytes, numbered);
    }
    case 'json': {
      const text = utf8(bytes);
      const html = escapesHtml(text);
      return fromUtf8(
        editJson(
          text,
          edits.map((edit) => jsonEdit(text, object, edit, html)),
        ),
      );
    }
    case 'cbor':
      return editCbor(
        bytes,
        edits.map((edit) => cborEdit(bytes, object, edit)),
      );
  }
}

function findInProtobuf(
  bytes: Uint8Array,
  object: ObjectIdentity,
  path: readonly NamedStep[],
): readonly FieldMatch[] {
  const numbered = numberPath(shapeOf(object), path);
  const type = numbered.shapes.at(-1)?.type;
  if (type !== 'string' && type !== 'bytes') {
    throw new CodecError('invalid-path', 'the path ends in no text or byte field', {
      format: 'protobuf',
      path: printNamedPath(path),
    });
  }
  return new Messages(bytes)
    .find(underRaw(numbered))
    .filter(({ field }) => field.wireType === 2)
    .map(({ path: concrete, field }) => ({
      path: printNamedPath(named(path, numbered, concrete)),
      bytes: bytes.subarray(field.contentStart, field.contentEnd),
      steps: [{ lens: 'protobuf', at: printProtobufPath(concrete) }],
    }));
}

function underRaw({ steps }: NumberedPath): ProtobufPath {
  return { envelope: true, steps: [{ number: 2, select: { by: 'field' } }, ...steps] };
}

/** The names of a concrete protobuf path; a list's only occurrence is its item 0, as in JSON. */
function named(
  path: readonly NamedStep[],
  numbered: NumberedPath,
  concrete: ProtobufPath,
): readonly NamedStep[] {
  return path.map(({ name }, i): NamedStep => {
    const select = concrete.steps[(numbered.indexes[i] as number) + 1]?.select ?? { by: 'field' };
    const isOnlyItem = select.by === 'field' && numbered.shapes[i]?.many === 'list';
    return { name, select: isOnlyItem ? { by: 'index', index: 0 } : select };
  });
}

/** A match in JSON or CBOR, with base64 undone where the tables say the field holds bytes. */
function matchOf(
  object: ObjectIdentity,
  path: readonly NamedStep[],
  step: LensStep,
  value: Uint8Array,
  isRaw: boolean,
): FieldMatch {
  const concrete = concreteNames(path, step.at);
  const holdsBytes = !isRaw && isBytes(object, path);
  return {
    path: concrete,
    bytes: holdsBytes ? decodeBase64(latin1(value)) : value,
    steps: holdsBytes ? [step, { lens: 'base64', at: '' }] : [step],
  };
}

function concreteNames(path: readonly NamedStep[], pointer: string): string {
  const segments = [...parsePointer(pointer, 'JSON')];
  return printNamedPath(
    path.map(({ name, select }): NamedStep => {
      segments.shift();
      if (select.by === 'field') return { name, select };
      const segment = segments.shift() as string;
      const isList = select.by === 'index' || select.by === 'every-occurrence';
      const concrete: Selector = isList
        ? { by: 'index', index: Number(segment) }
        : { by: 'key', key: segment };
      return { name, select: concrete };
    }),
  );
}

function isBytes({ apiVersion, kind }: ObjectIdentity, path: readonly NamedStep[]): boolean {
  return typeOfPath(messageOfKind(apiVersion, kind), path) === 'bytes';
}

function jsonEdit(text: string, object: ObjectIdentity, edit: FieldEdit, html: boolean): JsonEdit {
  const path = parseNamedPath(edit.path);
  const pointer = namedPathPointer(path);
  if ('remove' in edit) return { pointer, remove: true };
  if ('renameKey' in edit) return { pointer, renameKey: edit.renameKey };
  const content = 'set' in edit ? edit.set : edit.put;
  const old = findJson(text, pointer).at(-1);
  const string = isBytes(object, path) ? reencodeBase64(old?.value ?? '', content) : utf8(content);
  if (old === undefined && 'put' in edit) return { pointer, add: encodeJsonString(string, html) };
  return { pointer, string };
}

function cborEdit(bytes: Uint8Array, object: ObjectIdentity, edit: FieldEdit): CborEdit {
  const path = parseNamedPath(edit.path);
  const pointer = namedPathPointer(path);
  if ('remove' in edit) return { pointer, remove: true };
  if ('renameKey' in edit) return { pointer, renameKey: edit.renameKey };
  const content = 'set' in edit ? edit.set : edit.put;
  const old = findCbor(bytes, pointer).at(-1);
  const isRaw = old === undefined || old.tags.includes(22) || old.tags.includes(21) || !isBytes(object, path);
  const value = isRaw ? content : fromLatin1(reencodeBase64(latin1(old.value), content));
  if (old !== undefined || 'set' in edit) return { pointer, set: value };
  // As Kubernetes writes them: byte strings, byte fields under tag 22.
  const tag = isBytes(object, path) ? Uint8Array.of(0xd6) : new Uint8Array();
  return { pointer, add: concatBytes([tag, cborHead(2, value.length), value]) };
}
