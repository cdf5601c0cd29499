import { CodecError } from '../codec-error.ts';
import { parsePointer } from '../json/pointer.ts';
import { concatBytes, equalBytes, type Splice, spliceBytes } from '../splice.ts';
import { fromUtf8 } from '../text.ts';
import { innerPlaces, matches } from './find.ts';
import { type CborMember, type CborNode, parseCbor } from './parse.ts';

/**
 * - `set`: new content for a text or byte string, which keeps its kind and tags
 * - `remove`: the member or item
 * - `add`: a new member holding this data item, at its sorted place
 * - `renameKey`: another key for a member, which moves to its sorted place
 */
export type CborEdit =
  | { readonly pointer: string; readonly set: Uint8Array }
  | { readonly pointer: string; readonly remove: true }
  | { readonly pointer: string; readonly add: Uint8Array }
  | { readonly pointer: string; readonly renameKey: string };

type CborMap = CborNode & { readonly kind: 'map' };

/**
 * Applies edits, all of whose pointers mean the bytes as given. Only the edited items and the counts of maps and arrays
 * that gain or lose one change.
 *
 * @throws CodecError `not-found`, `ambiguous`, `overlap`, `invalid-value`, `invalid-path`, or what reading finds
 */
export function editCbor(bytes: Uint8Array, edits: readonly CborEdit[]): Uint8Array {
  const root = parseCbor(bytes);
  const growth = new Map<CborNode, number>();
  const grow = (node: CborNode, by: number): void => void growth.set(node, (growth.get(node) ?? 0) + by);
  const splices = edits.flatMap((edit): readonly Splice<Uint8Array>[] => {
    const segments = parsePointer(edit.pointer, 'CBOR');
    if ('set' in edit) return setContent(nodeAt(root, segments, edit.pointer), edit.set, edit.pointer);
    const name = segments.at(-1);
    if (name === undefined)
      throw new CodecError('invalid-path', 'the whole value has no place in anything', { format: 'CBOR' });
    const parent = nodeAt(root, segments.slice(0, -1), edit.pointer);
    if ('remove' in edit) {
      const node = nodeAt(root, segments, edit.pointer);
      grow(parent, -1);
      const start = parent.kind === 'map' ? memberOf(parent, node).keyNode.start : node.start;
      return [{ start, end: node.end, replacement: new Uint8Array() }];
    }
    if (parent.kind !== 'map') throw invalid('only a map has keys', edit.pointer);
    const newKey = 'add' in edit ? name : edit.renameKey;
    if (parent.members.some(({ key }) => key === newKey))
      throw invalid('the key exists already', edit.pointer);
    if ('add' in edit) {
      parseCbor(edit.add);
      grow(parent, 1);
      return [
        insertion(parent, concatBytes([keyItem(parent, name), edit.add]), keyItem(parent, name), bytes),
      ];
    }
    const { keyNode, value } = memberOf(parent, nodeAt(root, segments, edit.pointer));
    const key = keyItem(parent, newKey);
    const moved = concatBytes([key, bytes.subarray(keyNode.end, value.end)]);
    return [
      { start: keyNode.start, end: value.end, replacement: new Uint8Array() },
      insertion(parent, moved, key, bytes),
    ];
  });
  const counts = [...growth].flatMap(([node, by]) => countSplice(node, by));
  return spliceBytes(bytes, [...splices, ...counts], 'CBOR');
}

/** A string item of the same kind; minimal head. */
function setContent(node: CborNode, content: Uint8Array, pointer: string): readonly Splice<Uint8Array>[] {
  if (node.kind !== 'bytes' && node.kind !== 'text')
    throw invalid('only a string takes new content', pointer);
  if (equalBytes(node.content, content)) return [];
  const item = concatBytes([cborHead(node.kind === 'bytes' ? 2 : 3, content.length), content]);
  return [{ start: node.itemStart, end: node.end, replacement: item }];
}

/** Before the first key whose encoding is higher (RFC 8949 §4.2.1). */
function insertion(
  parent: CborMap,
  item: Uint8Array,
  key: Uint8Array,
  bytes: Uint8Array,
): Splice<Uint8Array> {
  const next = parent.members.find(
    ({ keyNode }) => Buffer.compare(bytes.subarray(keyNode.start, keyNode.end), key) > 0,
  );
  const at = next?.keyNode.start ?? parent.members.at(-1)?.value.end ?? parent.headEnd;
  return { start: at, end: at, replacement: item };
}

/** A key like its neighbours: byte strings as Kubernetes writes them, unless a neighbour is text. */
function keyItem(parent: CborMap, key: string): Uint8Array {
  const content = fromUtf8(key);
  const isText = parent.members.some(({ keyNode }) => keyNode.kind === 'text');
  return concatBytes([cborHead(isText ? 3 : 2, content.length), content]);
}

function countSplice(node: CborNode, by: number): readonly Splice<Uint8Array>[] {
  if ((node.kind !== 'map' && node.kind !== 'array') || node.indefinite || by === 0) return [];
  const isMap = node.kind === 'map';
  const count = (isMap ? node.members.length : node.items.length) + by;
  return [{ start: node.itemStart, end: node.headEnd, replacement: cborHead(isMap ? 5 : 4, count) }];
}

function memberOf(parent: CborMap, node: CborNode): CborMember {
  return parent.members.find(({ value }) => value === node) as CborMember;
}

function nodeAt(root: CborNode, segments: readonly string[], pointer: string): CborNode {
  let node = root;
  for (const segment of segments) {
    const parent = node;
    const inner = innerPlaces({ segments: [], node }).filter((place) =>
      matches(parent, place.segments[0], segment),
    );
    if (inner.length > 1)
      throw new CodecError('ambiguous', 'a key on the way stands twice', { format: 'CBOR', path: pointer });
    if (inner[0] === undefined)
      throw new CodecError('not-found', 'there is no such item', { format: 'CBOR', path: pointer });
    node = inner[0].node;
  }
  return node;
}

/** The shortest head of a data item. */
export function cborHead(major: number, argument: number): Uint8Array {
  const first = major << 5;
  if (argument < 24) return Uint8Array.of(first | argument);
  const width = argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8;
  const hex = argument.toString(16).padStart(width * 2, '0');
  return Uint8Array.of(first | (24 + Math.log2(width)), ...Buffer.from(hex, 'hex'));
}

function invalid(what: string, pointer: string): CodecError {
  return new CodecError('invalid-value', what, { format: 'CBOR', path: pointer });
}
