import { CodecError } from '../codec-error.ts';
import { concatBytes, type Splice, spliceBytes } from '../splice.ts';
import { fromUtf8 } from '../text.ts';
import { type MapEntry, Messages } from './message.ts';
import { type ProtobufPath, type ProtobufStep, parseProtobufPath, printProtobufPath } from './path.ts';
import { bytesTag, varint, type WireField } from './wire.ts';

/**
 * - `set`: new content for the field the path leads to (its bytes; for a number its varint or fixed bytes)
 * - `put`: the same, but a missing map entry or field is inserted where Kubernetes would write it
 * - `add`: one more occurrence of a repeated field, after the last
 * - `remove`: the field, or the whole map entry
 * - `renameKey`: another key for a map entry, which moves to its sorted place
 */
export type ProtobufEdit =
  | { readonly path: string; readonly set: Uint8Array }
  | { readonly path: string; readonly put: Uint8Array }
  | { readonly path: string; readonly add: Uint8Array }
  | { readonly path: string; readonly remove: true }
  | { readonly path: string; readonly renameKey: string };

/** A splice and the length-delimited fields around it. */
interface Change extends Splice<Uint8Array> {
  readonly around: readonly WireField[];
}

/**
 * Applies edits, all of whose paths mean the value as given. Only the edited fields and the lengths around them change.
 *
 * @throws CodecError `not-found`, `ambiguous`, `overlap`, `invalid-value`, `invalid-path`, or what reading finds
 */
export function editProtobuf(bytes: Uint8Array, edits: readonly ProtobufEdit[]): Uint8Array {
  const messages = new Messages(bytes);
  const aimed = edits.map((edit): Aimed => ({ edit, path: parseProtobufPath(edit.path) }));
  const changes = sortedByKey(aimed).flatMap((one) => changesOf(messages, one));
  return spliceBytes(bytes, [...changes, ...lengthSplices(changes)], 'protobuf');
}

/** An edit and where it leads. */
interface Aimed {
  readonly edit: ProtobufEdit;
  readonly path: ProtobufPath;
}

/** New map entries that fall into the same gap must come out in the order of their keys. */
function sortedByKey(edits: readonly Aimed[]): readonly Aimed[] {
  if (edits.every(({ edit }) => 'set' in edit)) return edits;
  const keyOf = ({ edit, path }: Aimed): Uint8Array => {
    if ('renameKey' in edit) return fromUtf8(edit.renameKey);
    const select = path.steps.at(-1)?.select;
    return fromUtf8(select?.by === 'key' ? select.key : '');
  };
  return edits
    .map((aimed) => ({ aimed, key: keyOf(aimed) }))
    .toSorted((a, b) => Buffer.compare(a.key, b.key))
    .map(({ aimed }) => aimed);
}

function changesOf(messages: Messages, { edit, path }: Aimed): readonly Change[] {
  if ('set' in edit) return [setContent(messages, path, edit.set)];
  if ('put' in edit) return [put(messages, path, edit.put)];
  if ('add' in edit) return [add(messages, path, edit.add)];
  if ('remove' in edit) return [remove(messages, path)];
  return renameKey(messages, path, edit.renameKey);
}

function setContent(messages: Messages, path: ProtobufPath, value: Uint8Array): Change {
  const { field, around } = messages.only(path);
  return { start: field.lengthStart, end: field.end, replacement: contentLike(field, value, path), around };
}

function put(messages: Messages, path: ProtobufPath, value: Uint8Array): Change {
  if (messages.find(path).length > 0) return setContent(messages, path, value);
  const { parent, around, step } = parentOf(messages, path);
  if (step.select.by === 'field')
    return insertion(messages, parent, around, step.number, delimited(step.number, value));
  if (step.select.by !== 'key') throw invalid(path, 'only a field or a map key can be put');
  const { key } = step.select;
  const bare = messages.occurrences(parent, step.number).map((entry) => messages.entryOf(entry));
  const valueless = bare.find((entry) => entry.key === key);
  if (valueless !== undefined) {
    const { contentEnd } = valueless.field;
    return {
      start: contentEnd,
      end: contentEnd,
      replacement: delimited(2, value),
      around: [...around, valueless.field],
    };
  }
  const entry = concatBytes([delimited(1, fromUtf8(key)), delimited(2, value)]);
  return entryInsertion(messages, parent, around, {
    number: step.number,
    key,
    bytes: delimited(step.number, entry),
  });
}

function add(messages: Messages, path: ProtobufPath, value: Uint8Array): Change {
  const { parent, around, step } = parentOf(messages, path);
  if (step.select.by !== 'field')
    throw invalid(path, 'an occurrence is added to a field, not to one of its occurrences');
  return insertion(messages, parent, around, step.number, delimited(step.number, value));
}

function remove(messages: Messages, path: ProtobufPath): Change {
  const { field: target, entry, around } = messages.only(path);
  const whole = entry?.field ?? target;
  return {
    start: whole.start,
    end: whole.end,
    replacement: new Uint8Array(),
    around: entry === undefined ? around : around.slice(0, -1),
  };
}

function renameKey(messages: Messages, path: ProtobufPath, key: string): readonly Change[] {
  const { entry, around } = messages.only(path);
  const step = path.steps.at(-1) as ProtobufStep;
  if (entry === undefined) throw invalid(path, 'only a map entry has a key');
  const outer = around.slice(0, -1);
  const parent = outer.at(-1);
  const taken = messages
    .occurrences(parent, step.number)
    .some((other) => messages.entryOf(other).key === key);
  if (taken) throw invalid(path, 'the new key exists already');
  const bytes = delimited(step.number, withKey(messages.bytes, entry, key));
  return [
    { start: entry.field.start, end: entry.field.end, replacement: new Uint8Array(), around: outer },
    entryInsertion(messages, parent, outer, { number: step.number, key, bytes }),
  ];
}

/** An entry's content with another key; all else in it, also what is unknown, stays. */
function withKey(bytes: Uint8Array, entry: MapEntry, key: string): Uint8Array {
  const content = bytes.subarray(entry.field.contentStart, entry.field.contentEnd);
  const old = entry.fields.findLast(({ number }) => number === 1);
  const from = entry.field.contentStart;
  const range = old === undefined ? { start: 0, end: 0 } : { start: old.start - from, end: old.end - from };
  return spliceBytes(content, [{ ...range, replacement: delimited(1, fromUtf8(key)) }], 'protobuf');
}

/** The message a path's last step stands in. */
function parentOf(
  messages: Messages,
  path: ProtobufPath,
): {
  readonly parent: WireField | undefined;
  readonly around: readonly WireField[];
  readonly step: ProtobufStep;
} {
  const step = path.steps.at(-1) as ProtobufStep;
  const above = path.steps.slice(0, -1);
  if (above.length === 0) return { parent: undefined, around: [], step };
  const { field: parent, around } = messages.only({ envelope: path.envelope, steps: above });
  if (parent.wireType !== 2) throw invalid(path, 'a number has no fields');
  return { parent, around: [...around, parent], step };
}

/** After the last field whose number is not higher: Kubernetes writes fields in ascending number. */
function insertion(
  messages: Messages,
  parent: WireField | undefined,
  around: readonly WireField[],
  number: number,
  replacement: Uint8Array,
): Change {
  const fields = messages.fieldsOf(parent);
  const before = fields.findLast((other) => other.number <= number);
  const first = fields[0]?.start ?? parent?.contentStart ?? messages.bytes.length;
  const at = before?.end ?? first;
  return { start: at, end: at, replacement, around };
}

/** Before the first entry with a higher key: Kubernetes writes map entries sorted by key. */
function entryInsertion(
  messages: Messages,
  parent: WireField | undefined,
  around: readonly WireField[],
  entry: { readonly number: number; readonly key: string; readonly bytes: Uint8Array },
): Change {
  const key = fromUtf8(entry.key);
  const next = messages.occurrences(parent, entry.number).find((other) => {
    const otherKey = messages.entryOf(other).key;
    return otherKey !== undefined && Buffer.compare(fromUtf8(otherKey), key) > 0;
  });
  if (next === undefined) return insertion(messages, parent, around, entry.number, entry.bytes);
  return { start: next.start, end: next.start, replacement: entry.bytes, around };
}

/** Length and content of a field after an edit, in the wire type it had. */
function contentLike(target: WireField, value: Uint8Array, path: ProtobufPath): Uint8Array {
  switch (target.wireType) {
    case 2:
      return concatBytes([lengthLike(target, value.length), value]);
    case 0:
      if (!isVarint(value)) throw invalid(path, 'the new value is no varint');
      return value;
    case 1:
    case 5:
      if (value.length !== (target.wireType === 1 ? 8 : 4))
        throw invalid(path, 'the new value has the wrong length');
      return value;
    case 3:
      throw invalid(path, 'groups are not edited');
  }
}

function isVarint(value: Uint8Array): boolean {
  const last = value.findIndex((octet) => octet < 0x80);
  return value.length <= 10 && last === value.length - 1 && last >= 0;
}

/** A length as wide as the old one where that was padded. */
function lengthLike(target: WireField, length: number): Uint8Array {
  const width = target.contentStart - target.lengthStart;
  const needed = varint(target.contentEnd - target.contentStart).length;
  return varint(length, width > needed ? width : 1);
}

/** New lengths for all fields around the changes, from the inside out. */
function lengthSplices(changes: readonly Change[]): readonly Splice<Uint8Array>[] {
  const around = new Map<WireField, { readonly parent: WireField | undefined; growth: number }>();
  for (const change of changes) {
    change.around.forEach((outer, i) => {
      if (!around.has(outer)) around.set(outer, { parent: change.around[i - 1], growth: 0 });
    });
    const nearest = change.around.at(-1);
    const entry = nearest === undefined ? undefined : around.get(nearest);
    if (entry !== undefined) entry.growth += change.replacement.length - (change.end - change.start);
  }
  const splices: Splice<Uint8Array>[] = [];
  for (const [outer, { parent, growth }] of [...around].toSorted(([a], [b]) => b.start - a.start)) {
    if (growth === 0) continue;
    const replacement = lengthLike(outer, outer.contentEnd - outer.contentStart + growth);
    splices.push({ start: outer.lengthStart, end: outer.contentStart, replacement });
    const above = parent === undefined ? undefined : around.get(parent);
    if (above !== undefined)
      above.growth += growth + replacement.length - (outer.contentStart - outer.lengthStart);
  }
  return splices;
}

/** A length-delimited field. */
function delimited(number: number, content: Uint8Array): Uint8Array {
  return concatBytes([bytesTag(number), varint(content.length), content]);
}

function invalid(path: ProtobufPath, what: string): CodecError {
  return new CodecError('invalid-value', what, { format: 'protobuf', path: printProtobufPath(path) });
}
