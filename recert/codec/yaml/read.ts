import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  type Scalar,
} from 'yaml';
import { CodecError } from '../codec-error.ts';
import { arrayIndex, parsePointer, printPointer } from '../json/pointer.ts';
import type { Range } from '../splice.ts';

export interface YamlMatch {
  /** `/a/0/b`; in the second document `#1/a/0/b`, and so on. */
  readonly pointer: string;
  readonly kind: 'string' | 'scalar' | 'map' | 'sequence';
  /** A string's value; the source text of anything else. */
  readonly value: string;
  readonly range: Range;
}

/** A value and the segments that lead to it. */
export interface YamlPlace {
  readonly document: number;
  readonly segments: readonly string[];
  readonly node: Node;
}

/**
 * Reads all documents of a text, keeping source positions. Aliases are not followed, keys may stand twice.
 *
 * @throws CodecError `malformed`, `too-deep`
 */
export function readDocuments(text: string): readonly Document[] {
  let documents: readonly Document.Parsed[];
  try {
    const parsed = parseAllDocuments(text, { keepSourceTokens: true, uniqueKeys: false, logLevel: 'silent' });
    documents = Array.isArray(parsed) ? parsed : [];
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CodecError('too-deep', 'nested too deep', { format: 'YAML', cause });
  }
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) {
      const offset = error.pos[0];
      const path = `line ${text.slice(0, offset).split('\n').length}`;
      throw new CodecError('malformed', `the text is no YAML (${error.code})`, {
        format: 'YAML',
        offset,
        path,
      });
    }
  }
  return documents;
}

/**
 * All values a pointer pattern leads to; a segment `*` stands for every key or index.
 *
 * @throws CodecError `malformed`, `too-deep`, `invalid-path`
 */
export function findYaml(text: string, pattern: string): readonly YamlMatch[] {
  const { document, segments } = parseYamlPointer(pattern);
  return findPlaces(readDocuments(text), document, segments, true).map((place) => matchOf(text, place));
}

/** All strings that are values, of all documents, in the order of the text. @throws CodecError `malformed`, `too-deep` */
export function yamlStrings(text: string): readonly YamlMatch[] {
  return stringPlaces(readDocuments(text)).map((place) => matchOf(text, place));
}

/** The places of all string values. */
export function stringPlaces(documents: readonly Document[]): readonly YamlPlace[] {
  const places: YamlPlace[] = [];
  const walk = (place: YamlPlace): void => {
    if (isScalar(place.node)) {
      if (typeof place.node.value === 'string' && place.node.range) places.push(place);
      return;
    }
    for (const inner of innerPlaces(place)) walk(inner);
  };
  for (const root of roots(documents)) walk(root);
  return places;
}

/** Where segments lead in a document; with `wild`, `*` stands for every one. */
export function findPlaces(
  documents: readonly Document[],
  document: number,
  segments: readonly string[],
  wild: boolean,
): readonly YamlPlace[] {
  let places = roots(documents).filter((root) => root.document === document);
  for (const segment of segments) {
    places = places.flatMap((place) =>
      innerPlaces(place).filter((inner) => {
        const last = inner.segments.at(-1);
        if (wild && segment === '*') return true;
        return isSeq(place.node) ? arrayIndex(segment) === Number(last) : last === segment;
      }),
    );
  }
  return places;
}

function roots(documents: readonly Document[]): readonly YamlPlace[] {
  return documents.flatMap(({ contents }, document) =>
    contents === null ? [] : [{ document, segments: [], node: contents }],
  );
}

function innerPlaces({ document, segments, node }: YamlPlace): readonly YamlPlace[] {
  if (isSeq(node)) {
    return node.items.map((item, i) => ({
      document,
      segments: [...segments, String(i)],
      node: item as Node,
    }));
  }
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) => {
    if (!isScalar(key) || value === null || value === undefined) return [];
    return [{ document, segments: [...segments, keyText(key)], node: value as ParsedNode }];
  });
}

function keyText(key: Scalar): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

function matchOf(text: string, place: YamlPlace): YamlMatch {
  const { node } = place;
  const [start, end] = node.range ?? [0, 0];
  const isString = isScalar(node) && typeof node.value === 'string';
  const kind = isString ? 'string' : isMap(node) ? 'map' : isSeq(node) ? 'sequence' : 'scalar';
  const value = isString ? (node.value as string) : text.slice(start, end);
  return { pointer: printYamlPointer(place), kind, value, range: { start, end } };
}

/** The reverse of {@link parseYamlPointer}. */
export function printYamlPointer({ document, segments }: Pick<YamlPlace, 'document' | 'segments'>): string {
  return `${document === 0 ? '' : `#${document}`}${printPointer(segments)}`;
}

/** @throws CodecError `invalid-path` */
export function parseYamlPointer(pointer: string): Pick<YamlPlace, 'document' | 'segments'> {
  const [, digits, rest = ''] = /^(?:#(\d{1,9}))?(.*)$/s.exec(pointer) ?? [];
  return { document: Number(digits ?? 0), segments: parsePointer(rest, 'YAML') };
}
