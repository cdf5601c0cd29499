import { CodecError } from '../codec-error.ts';
import type { Range } from '../splice.ts';

/** A JSON value and where it stands in its text. */
export type JsonNode =
  | (Range & { readonly kind: 'object'; readonly members: readonly JsonMember[] })
  | (Range & { readonly kind: 'array'; readonly items: readonly JsonNode[] })
  | (Range & { readonly kind: 'string'; readonly value: string })
  | (Range & { readonly kind: 'number' | 'boolean' | 'null' });

export interface JsonMember {
  readonly key: string;
  /** The key with its quotes. */
  readonly keyRange: Range;
  readonly value: JsonNode;
}

const DEEPEST = 256;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Reads a text that is one JSON value (RFC 8259), keeping where each part stands. Numbers are not converted.
 *
 * @throws CodecError `malformed`, `too-deep`
 */
export function parseJson(text: string): JsonNode {
  const reader = new JsonReader(text);
  const node = reader.value(0);
  reader.skipSpace();
  if (reader.at !== text.length) throw reader.malformed('something follows the value');
  return node;
}

class JsonReader {
  readonly #text: string;
  at: number;

  constructor(text: string) {
    this.#text = text;
    this.at = text.startsWith('\ufeff') ? 1 : 0;
  }

  value(depth: number): JsonNode {
    if (depth > DEEPEST) throw this.#error('too-deep', `nested more than ${DEEPEST} deep`);
    this.skipSpace();
    const start = this.at;
    switch (this.#text[start] ?? '') {
      case '{':
        return { kind: 'object', start, members: this.#members(depth), end: this.at };
      case '[':
        return { kind: 'array', start, items: this.#items(depth), end: this.at };
      case '"':
        return { kind: 'string', start, value: this.#string(), end: this.at };
      case 't':
        return { kind: 'boolean', start, end: this.#word('true') };
      case 'f':
        return { kind: 'boolean', start, end: this.#word('false') };
      case 'n':
        return { kind: 'null', start, end: this.#word('null') };
      default:
        return { kind: 'number', start, end: this.#number() };
    }
  }

  skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at += 1;
    }
  }

  malformed(what: string): CodecError {
    return this.#error('malformed', what);
  }

  #members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    this.#list('}', () => {
      const start = this.at;
      if (this.#text[start] !== '"') throw this.malformed('a key is expected');
      const key = this.#string();
      const keyRange = { start, end: this.at };
      this.skipSpace();
      if (this.#text[this.at] !== ':') throw this.malformed('a colon is expected');
      this.at += 1;
      members.push({ key, keyRange, value: this.value(depth + 1) });
    });
    return members;
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#list(']', () => items.push(this.value(depth + 1)));
    return items;
  }

  /** What stands between an opening bracket and its closing one, with commas. */
  #list(close: string, readOne: () => void): void {
    this.at += 1;
    this.skipSpace();
    if (this.#text[this.at] === close) {
      this.at += 1;
      return;
    }
    for (;;) {
      this.skipSpace();
      readOne();
      this.skipSpace();
      const next = this.#text[this.at];
      if (next !== ',' && next !== close) throw this.malformed(`a comma or ${close} is expected`);
      this.at += 1;
      if (next === close) return;
    }
  }

  #string(): string {
    const start = this.at;
    let hasEscape = false;
    for (let at = start + 1; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x22) {
        this.at = at + 1;
        break;
      }
      if (code === 0x5c) {
        hasEscape = true;
        at += 1;
      } else if (Number.isNaN(code) || code < 0x20) {
        this.at = at;
        throw this.malformed('a string has no end or holds a control character');
      }
    }
    if (!hasEscape) return this.#text.slice(start + 1, this.at - 1);
    try {
      return JSON.parse(this.#text.slice(start, this.at)) as string;
    } catch {
      this.at = start;
      throw this.malformed('a string holds an escape that does not exist');
    }
  }

  #word(word: string): number {
    if (!this.#text.startsWith(word, this.at)) throw this.malformed('a value is expected');
    this.at += word.length;
    return this.at;
  }

  #number(): number {
    NUMBER.lastIndex = this.at;
    if (!NUMBER.test(this.#text)) throw this.malformed('a value is expected');
    this.at = NUMBER.lastIndex;
    return this.at;
  }

  #error(code: 'malformed' | 'too-deep', what: string): CodecError {
    return new CodecError(code, what, { format: 'JSON', offset: this.at });
  }
}
