import { arrayIndex, parsePointer, printPointer } from '../json/pointer.ts';
import type { Range } from '../splice.ts';
import { type CborNode, parseCbor } from './parse.ts';

export interface CborMatch {
  readonly pointer: string;
  readonly kind: CborNode['kind'];
  /** A string's content; the bytes of anything else. */
  readonly value: Uint8Array;
  /** Tag numbers before the item, outermost first; 22 marks bytes that JSON shows as base64. */
  readonly tags: readonly number[];
  readonly range: Range;
}

/** A node with the segments that lead to it. */
export interface CborPlace {
  readonly segments: readonly string[];
  readonly node: CborNode;
}

/**
 * All items a pointer pattern leads to; a segment `*` stands for every key or index.
 *
 * @throws CodecError `malformed`, `truncated`, `too-deep`, `invalid-path`
 */
export function findCbor(bytes: Uint8Array, pattern: string): readonly CborMatch[] {
  let places: readonly CborPlace[] = [{ segments: [], node: parseCbor(bytes) }];
  for (const segment of parsePointer(pattern, 'CBOR')) {
    places = places.flatMap((place) =>
      innerPlaces(place).filter(
        ({ segments }) => segment === '*' || matches(place.node, segments.at(-1), segment),
      ),
    );
  }
  return places.map((place) => matchOf(bytes, place));
}

/** All text and byte strings that are values. @throws CodecError `malformed`, `truncated`, `too-deep` */
export function cborStrings(bytes: Uint8Array): readonly CborMatch[] {
  const found: CborMatch[] = [];
  const walk = (place: CborPlace): void => {
    const { kind } = place.node;
    if (kind === 'bytes' || kind === 'text') found.push(matchOf(bytes, place));
    for (const inner of innerPlaces(place)) walk(inner);
  };
  walk({ segments: [], node: parseCbor(bytes) });
  return found;
}

/** The members of a map and items of an array. */
export function innerPlaces({ segments, node }: CborPlace): readonly CborPlace[] {
  if (node.kind === 'array')
    return node.items.map((item, i) => ({ segments: [...segments, String(i)], node: item }));
  if (node.kind !== 'map') return [];
  return node.members.flatMap(({ key, value }) =>
    key === undefined ? [] : [{ segments: [...segments, key], node: value }],
  );
}

/** Whether a pointer segment means the child of that name. */
export function matches(parent: CborNode, name: string | undefined, segment: string): boolean {
  return parent.kind === 'array' ? arrayIndex(segment) === Number(name) : segment === name;
}

function matchOf(bytes: Uint8Array, { segments, node }: CborPlace): CborMatch {
  const isString = node.kind === 'bytes' || node.kind === 'text';
  return {
    pointer: printPointer(segments),
    kind: node.kind,
    value: isString ? node.content : bytes.subarray(node.start, node.end),
    tags: node.tags,
    range: { start: node.start, end: node.end },
  };
}
