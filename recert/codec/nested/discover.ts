import { cborStrings, isCbor } from '../cbor/index.ts';
import { CodecError } from '../codec-error.ts';
import { jsonStrings } from '../json/index.ts';
import { findJwts } from '../jwt/index.ts';
import { type PemBlock, scanPem } from '../pem/index.ts';
import { isEnvelope, protobufLeaves } from '../protobuf/index.ts';
import type { Range } from '../splice.ts';
import { fromLatin1, fromUtf8, latin1, utf8 } from '../text.ts';
import { yamlStrings } from '../yaml/index.ts';
import { decodeBase64, findBase64Runs, looksLikeBase64 } from './base64.ts';
import type { LensStep } from './chain.ts';
import { decodeDataUrl, isDataUrl } from './data-url.ts';
import { type Discovery, type Fault, type Found, type SeenTexts } from './discovery.ts';
import { isGzip, unpackGzip } from './gzip.ts';
import { findMarkers, hasMarker, hasMarkerInText } from './markers.ts';

const DEEPEST = 8;
/** A line `key:`, as every YAML mapping has; what follows is for the parser to say. */
const YAML_KEY = /^[ \t]*(?:- +)*(?:[\w./~$-][^\n#:]*|"[^"\n]*"|'[^'\n]*'):(?:[ \t\r]|$)/m;

/**
 * All PEM blocks and JSON web tokens of a value or file at any depth: in protobuf, CBOR, JSON and YAML strings, in
 * base64, data URLs, gzip, and these in each other. Values without a sign of either cost one look.
 *
 * @param seen what was found before in texts that other objects hold too, to be given again with the next value
 */
export function discover(bytes: Uint8Array, seen?: SeenTexts): Discovery {
  const found: Found[] = [];
  const faults: Fault[] = [];
  new Explorer(found, faults, seen).explore(bytes, []);
  return { found, faults };
}

class Explorer {
  readonly #found: Found[];
  readonly #faults: Fault[];
  readonly #seen: SeenTexts | undefined;

  constructor(found: Found[], faults: Fault[], seen: SeenTexts | undefined) {
    this.#found = found;
    this.#faults = faults;
    this.#seen = seen;
  }

  explore(bytes: Uint8Array, steps: readonly LensStep[]): void {
    if (steps.length > DEEPEST) return;
    if (isEnvelope(bytes)) {
      const markers = findMarkers(bytes);
      if (markers === undefined) return;
      const leaves = this.#attempt(steps, () => protobufLeaves(bytes, markers)) ?? [];
      for (const { path, value } of leaves)
        this.#exploreField(value, [...steps, { lens: 'protobuf', at: path }]);
      return;
    }
    if (!hasMarker(bytes)) return;
    if (isCbor(bytes)) {
      const strings = this.#attempt(steps, () => cborStrings(bytes)) ?? [];
      for (const { pointer, value } of strings)
        this.explore(value, [...steps, { lens: 'cbor', at: pointer }]);
    } else if (isGzip(bytes)) {
      const content = this.#attempt(steps, () => unpackGzip(bytes));
      if (content !== undefined) this.explore(content, [...steps, { lens: 'gzip', at: '' }]);
    } else {
      this.#exploreText(bytes, steps);
    }
  }

  /** A field of an object: the same bundle lies in every namespace. */
  #exploreField(value: Uint8Array, steps: readonly LensStep[]): void {
    if (this.#seen === undefined || steps.length > 1) return this.explore(value, steps);
    const { found, faults } = this.#seen.remember(latin1(value), () => {
      const inside: Discovery & { found: Found[]; faults: Fault[] } = { found: [], faults: [] };
      // As deep as it lies, so that the depth ends where it would.
      new Explorer(inside.found, inside.faults, undefined).explore(value, steps);
      return inside;
    });
    const here = <T extends { readonly steps: readonly LensStep[] }>(item: T): T => ({
      ...item,
      steps: [...steps, ...item.steps.slice(steps.length)],
    });
    this.#found.push(...found.map(here));
    this.#faults.push(...faults.map(here));
  }

  #exploreText(bytes: Uint8Array, steps: readonly LensStep[]): void {
    const text = latin1(bytes);
    const structured = structuredText(bytes, text);
    if (structured !== undefined) {
      for (const { pointer, value } of structured.strings) {
        if (value.isWellFormed())
          this.explore(fromUtf8(value), [...steps, { lens: structured.lens, at: pointer }]);
      }
      if (structured.lens === 'yaml') this.#scanText(structured.text, steps, structured.strings);
      return;
    }
    if (isDataUrl(text)) {
      const content = this.#attempt(steps, () => decodeDataUrl(text));
      if (content !== undefined) return this.explore(content, [...steps, { lens: 'data-url', at: '' }]);
    }
    if (looksLikeBase64(text))
      return this.explore(decodeBase64(text), [...steps, { lens: 'base64', at: '' }]);
    this.#scanRuns(text, steps, this.#scanText(text, steps, []));
  }

  /**
   * Base64 amid a text of no known structure, but for the blocks already found there; only runs that hold something
   * count, all others are words and paths.
   */
  #scanRuns(text: string, steps: readonly LensStep[], blocks: readonly PemBlock[]): void {
    const inBlocks = covers(blocks.map(({ range }) => range));
    for (const [index, { start, end }] of findBase64Runs(text).entries()) {
      if (inBlocks(start)) continue;
      const run = text.slice(start, end);
      if (!hasMarkerInText(run) || !looksLikeBase64(run)) continue;
      this.explore(decodeBase64(run), [...steps, { lens: 'base64', at: String(index) }]);
    }
  }

  /** Blocks and tokens standing in the text itself: all of a plain text, those in comments of a YAML text. */
  #scanText(
    text: string,
    steps: readonly LensStep[],
    strings: readonly { readonly range: Range }[],
  ): readonly PemBlock[] {
    const inStrings = covers(strings.map(({ range }) => range));
    const { blocks, faults } = scanPem(text);
    for (const { index, label, der, range } of blocks) {
      if (inStrings(range.start)) continue;
      this.#found.push({
        steps: [...steps, { lens: 'pem', at: String(index) }],
        kind: 'pem',
        label,
        bytes: der,
      });
    }
    for (const error of faults) {
      if (!inStrings(error.offset ?? 0)) this.#faults.push({ steps, error });
    }
    for (const { index, token, range } of findJwts(text)) {
      if (inStrings(range.start)) continue;
      this.#found.push({
        steps: [...steps, { lens: 'jwt', at: String(index) }],
        kind: 'jwt',
        bytes: fromLatin1(token),
      });
    }
    return blocks;
  }

  #attempt<Result>(steps: readonly LensStep[], read: () => Result): Result | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#faults.push({ steps, error });
      return undefined;
    }
  }
}

interface StructuredText {
  readonly lens: 'json' | 'yaml';
  readonly text: string;
  readonly strings: readonly { readonly pointer: string; readonly value: string; readonly range: Range }[];
}

/** The strings of a JSON or YAML text; undefined for other texts. */
function structuredText(bytes: Uint8Array, latin: string): StructuredText | undefined {
  const isJson = /^\s*[[{"]/.test(latin);
  const firstPem = latin.indexOf('-----BEGIN');
  // A bundle whose first block has no key before it is no YAML, however many colons its comments hold.
  if (!isJson && !YAML_KEY.test(firstPem === -1 ? latin : latin.slice(0, firstPem))) return undefined;
  const text = quietly(() => utf8(bytes));
  if (text === undefined) return undefined;
  const json = isJson ? quietly(() => jsonStrings(text)) : undefined;
  if (json !== undefined) return { lens: 'json', text, strings: json };
  const yaml = quietly(() => yamlStrings(text));
  if (yaml === undefined || yaml.some(({ pointer }) => /^(?:#\d+)?$/.test(pointer))) return undefined;
  return { lens: 'yaml', text, strings: yaml };
}

/** Whether an offset lies in one of the ranges, which come in rising order. */
function covers(ranges: readonly Range[]): (offset: number) => boolean {
  const starts = ranges.map(({ start }) => start);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) <= offset) low = middle + 1;
      else high = middle;
    }
    return offset < (ranges[low - 1]?.end ?? 0);
  };
}

function quietly<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
