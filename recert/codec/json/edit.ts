import { CodecError } from '../codec-error.ts';
import { type Splice, spliceText } from '../splice.ts';
import { placesOf } from './find.ts';
import { type JsonMember, type JsonNode, parseJson } from './parse.ts';
import { parsePointer } from './pointer.ts';
import { encodeJsonString, escapesHtml, reencodeJsonString } from './string.ts';

/**
 * - `string`: another string in the place of any value
 * - `json`: other JSON text in the place of a value
 * - `remove`: the member or item, with its comma
 * - `add`: a new last member (or, for a last segment `-`, item) of this JSON text, laid out like its neighbours
 * - `renameKey`: another key for a member
 */
export type JsonEdit =
  | { readonly pointer: string; readonly string: string }
  | { readonly pointer: string; readonly json: string }
  | { readonly pointer: string; readonly remove: true }
  | { readonly pointer: string; readonly add: string }
  | { readonly pointer: string; readonly renameKey: string };

/**
 * Applies edits, all of whose pointers mean the text as given; formatting, key order and number texts elsewhere stay.
 *
 * @throws CodecError `not-found`, `ambiguous` (a key twice), `overlap`, `invalid-value`, `invalid-path`, `malformed`
 */
export function editJson(text: string, edits: readonly JsonEdit[]): string {
  const root = parseJson(text);
  const html = escapesHtml(text);
  const inPlace: Splice<string>[] = [];
  const structural: { readonly edit: JsonEdit; readonly position: number }[] = [];
  for (const edit of edits) {
    if ('string' in edit) {
      const node = only(root, edit.pointer);
      const source = text.slice(node.start, node.end);
      const replacement =
        node.kind === 'string'
          ? reencodeJsonString(source, node.value, edit.string, html)
          : encodeJsonString(edit.string, html);
      inPlace.push({ start: node.start, end: node.end, replacement });
    } else if ('json' in edit) {
      checkJson(edit.json, edit.pointer);
      const { start, end } = only(root, edit.pointer);
      inPlace.push({ start, end, replacement: edit.json });
    } else if ('renameKey' in edit) {
      inPlace.push({
        ...renamed(root, edit.pointer, edit.renameKey).keyRange,
        replacement: encodeJsonString(edit.renameKey, html),
      });
    } else {
      const { parent } = parentOf(root, edit.pointer);
      structural.push({ edit, position: 'remove' in edit ? only(root, edit.pointer).start : parent.end });
    }
  }
  // From the end of the text to its beginning: what an edit moves is behind all that is still to be edited.
  const later = structural.toSorted((a, b) => b.position - a.position);
  if (later.length === 0) return spliceText(text, inPlace, 'JSON');
  if (inPlace.length > 0) {
    const after = spliceText(text, inPlace, 'JSON');
    if (edits.some((edit) => 'renameKey' in edit)) {
      throw new CodecError('invalid-value', 'keys are renamed in an edit of their own', { format: 'JSON' });
    }
    return editJson(
      after,
      later.map(({ edit }) => edit),
    );
  }
  return later.reduce((current, { edit }) => structurally(current, edit, html), text);
}

function structurally(text: string, edit: JsonEdit, html: boolean): string {
  const root = parseJson(text);
  const { parent, segment } = parentOf(root, edit.pointer);
  if ('remove' in edit) return removed(text, parent, only(root, edit.pointer));
  if ('add' in edit) return added(text, parent, segment, edit, html);
  return text;
}

function removed(text: string, parent: JsonNode, node: JsonNode): string {
  const spans = elementSpans(parent);
  const index = spans.findIndex(({ end }) => end === node.end);
  const span = spans[index];
  if (span === undefined) return text;
  const next = spans[index + 1];
  const previous = spans[index - 1];
  const start = next === undefined && previous !== undefined ? previous.end : span.start;
  const range =
    next === undefined && previous === undefined
      ? { start: parent.start + 1, end: parent.end - 1 }
      : { start, end: next?.start ?? span.end };
  return spliceText(text, [{ ...range, replacement: '' }], 'JSON');
}

function added(
  text: string,
  parent: JsonNode,
  segment: string,
  edit: { readonly pointer: string; readonly add: string },
  html: boolean,
): string {
  checkJson(edit.add, edit.pointer);
  const spans = elementSpans(parent);
  const last = spans.at(-1);
  let colon = ':';
  if (parent.kind === 'object') {
    if (parent.members.some(({ key }) => key === segment)) {
      throw new CodecError('invalid-value', 'the key exists already', { format: 'JSON', path: edit.pointer });
    }
    const neighbour = parent.members.at(-1);
    if (neighbour !== undefined) colon = text.slice(neighbour.keyRange.end, neighbour.value.start);
  } else if (parent.kind !== 'array' || segment !== '-') {
    throw new CodecError('invalid-value', 'items are added at the pointer segment -', {
      format: 'JSON',
      path: edit.pointer,
    });
  }
  const element = parent.kind === 'object' ? encodeJsonString(segment, html) + colon + edit.add : edit.add;
  if (last === undefined) {
    return spliceText(
      text,
      [{ start: parent.start + 1, end: parent.start + 1, replacement: element }],
      'JSON',
    );
  }
  const before = spans.length > 1 ? (spans.at(-2) as { end: number }).end : parent.start + 1;
  const gap = text.slice(before, last.start);
  const space = gap.startsWith(',') ? gap.slice(1) : gap;
  const replacement = `,${/^\s*$/.test(space) ? space : ''}${element}`;
  return spliceText(text, [{ start: last.end, end: last.end, replacement }], 'JSON');
}

/** Where each member (from its key) or item stands. */
function elementSpans(parent: JsonNode): readonly { readonly start: number; readonly end: number }[] {
  if (parent.kind === 'object') {
    return parent.members.map(({ keyRange, value }) => ({ start: keyRange.start, end: value.end }));
  }
  return parent.kind === 'array' ? parent.items : [];
}

function renamed(root: JsonNode, pointer: string, key: string): JsonMember {
  const { parent } = parentOf(root, pointer);
  const node = only(root, pointer);
  const members = parent.kind === 'object' ? parent.members : [];
  const member = members.find(({ value }) => value === node);
  if (member === undefined || members.some((other) => other.key === key)) {
    const what = member === undefined ? 'only a member of an object has a key' : 'the new key exists already';
    throw new CodecError('invalid-value', what, { format: 'JSON', path: pointer });
  }
  return member;
}

function parentOf(root: JsonNode, pointer: string): { readonly parent: JsonNode; readonly segment: string } {
  const segments = parsePointer(pointer, 'JSON');
  const segment = segments.at(-1);
  if (segment === undefined) {
    throw new CodecError('invalid-path', 'the whole text has no place in anything', {
      format: 'JSON',
      path: pointer,
    });
  }
  return { parent: onlyAt(root, segments.slice(0, -1), pointer), segment };
}

function only(root: JsonNode, pointer: string): JsonNode {
  return onlyAt(root, parsePointer(pointer, 'JSON'), pointer);
}

function onlyAt(root: JsonNode, segments: readonly string[], pointer: string): JsonNode {
  let node = root;
  for (const segment of segments) {
    const inner = segment === '*' ? literalStar(node) : placesOf(node, [segment]).map((place) => place.node);
    if (inner.length > 1) {
      throw new CodecError('ambiguous', 'a key on the way stands twice', { format: 'JSON', path: pointer });
    }
    if (inner[0] === undefined)
      throw new CodecError('not-found', 'there is no such value', { format: 'JSON', path: pointer });
    node = inner[0];
  }
  return node;
}

/** In an edit `*` is a key like any other. */
function literalStar(node: JsonNode): readonly JsonNode[] {
  return node.kind === 'object'
    ? node.members.filter(({ key }) => key === '*').map(({ value }) => value)
    : [];
}

function checkJson(json: string, pointer: string): void {
  try {
    parseJson(json);
  } catch (cause) {
    throw new CodecError('invalid-value', 'the new text is no JSON', {
      format: 'JSON',
      path: pointer,
      cause,
    });
  }
}
