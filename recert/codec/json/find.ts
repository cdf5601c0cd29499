import type { Range } from '../splice.ts';
import { type JsonNode, parseJson } from './parse.ts';
import { arrayIndex, parsePointer, printPointer } from './pointer.ts';

export interface JsonMatch {
  readonly pointer: string;
  readonly kind: JsonNode['kind'];
  /** A string's decoded text; the JSON text of anything else. */
  readonly value: string;
  readonly range: Range;
}

export interface JsonString {
  readonly pointer: string;
  readonly value: string;
  readonly range: Range;
}

/** A node with the segments that lead to it. */
export interface JsonPlace {
  readonly segments: readonly string[];
  readonly node: JsonNode;
}

/**
 * All values a pointer pattern leads to, in the order of the text; a segment `*` stands for every key or index.
 *
 * @throws CodecError `malformed`, `too-deep`, `invalid-path`
 */
export function findJson(text: string, pattern: string): readonly JsonMatch[] {
  return placesOf(parseJson(text), parsePointer(pattern, 'JSON')).map(({ segments, node }) => ({
    pointer: printPointer(segments),
    kind: node.kind,
    value: node.kind === 'string' ? node.value : text.slice(node.start, node.end),
    range: { start: node.start, end: node.end },
  }));
}

/** All strings that are values (not keys), in the order of the text. @throws CodecError `malformed`, `too-deep` */
export function jsonStrings(text: string): readonly JsonString[] {
  const strings: JsonString[] = [];
  const walk = (node: JsonNode, pointer: string): void => {
    if (node.kind === 'string') {
      strings.push({ pointer, value: node.value, range: { start: node.start, end: node.end } });
    } else if (node.kind === 'object') {
      for (const member of node.members) walk(member.value, pointer + printPointer([member.key]));
    } else if (node.kind === 'array') {
      node.items.forEach((item, i) => walk(item, `${pointer}/${i}`));
    }
  };
  walk(parseJson(text), '');
  return strings;
}

/** The nodes that segments lead to, `*` standing for every one. */
export function placesOf(root: JsonNode, segments: readonly string[]): readonly JsonPlace[] {
  let places: readonly JsonPlace[] = [{ segments: [], node: root }];
  for (const segment of segments) places = places.flatMap((place) => stepInto(place, segment));
  return places;
}

function stepInto({ segments, node }: JsonPlace, segment: string): readonly JsonPlace[] {
  if (node.kind === 'object') {
    return node.members
      .filter(({ key }) => segment === '*' || key === segment)
      .map(({ key, value }) => ({ segments: [...segments, key], node: value }));
  }
  if (node.kind !== 'array') return [];
  if (segment === '*')
    return node.items.map((item, i) => ({ segments: [...segments, String(i)], node: item }));
  const item = node.items[arrayIndex(segment) ?? -1];
  return item === undefined ? [] : [{ segments: [...segments, segment], node: item }];
}
