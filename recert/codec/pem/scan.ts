import { CodecError } from '../codec-error.ts';
import type { Range } from '../splice.ts';
import type { PemBlock, PemHeader } from './block.ts';

const BEGIN = /-----BEGIN ([^\r\n]{0,120}?)-----/g;
const LABEL = /^[\x21-\x7e](?:[ -][\x21-\x7e]|[\x21-\x7e])*$/;
const HEADER = /^([A-Za-z0-9-]+): ?(.*)$/;
/** The rest of a line that holds nothing; the group is empty at the end of the text. */
const LINE_END = /[ \t\r]*(\n|$)/y;
const BASE64_LINE = /^[A-Za-z0-9+/]*={0,2}$/;

/** A text with more than these is no bundle of anything. */
const MOST_FAULTS = 1000;

export interface PemScan {
  readonly blocks: readonly PemBlock[];
  /** One for each block that begins and cannot be read; it says the line, never the content. The search ends at 1000. */
  readonly faults: readonly CodecError[];
}

interface Line extends Range {
  /** Without surrounding white space. */
  readonly text: string;
  /** Where the next line starts. */
  readonly next: number;
}

/**
 * Finds every PEM block of a text; text around blocks may be anything. A block that cannot be read becomes a fault,
 * and the search goes on behind its BEGIN line.
 */
export function scanPem(text: string): PemScan {
  const blocks: PemBlock[] = [];
  const faults: CodecError[] = [];
  const lines = new LineCounter(text);
  BEGIN.lastIndex = 0;
  for (let begin = BEGIN.exec(text); begin !== null; begin = BEGIN.exec(text)) {
    const line = lines.lineOf(begin.index);
    try {
      const block = readBlock(text, begin, line, blocks.length);
      blocks.push(block);
      BEGIN.lastIndex = block.range.end;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      faults.push(error);
      if (faults.length >= MOST_FAULTS) break;
    }
  }
  return { blocks, faults };
}

/**
 * All PEM blocks of a text.
 *
 * @throws CodecError for the first block that cannot be read
 */
export function parsePem(text: string): readonly PemBlock[] {
  const { blocks, faults } = scanPem(text);
  if (faults[0] !== undefined) throw faults[0];
  return blocks;
}

function readBlock(text: string, begin: RegExpExecArray, line: number, index: number): PemBlock {
  const path = `line ${line}`;
  const fault = (code: 'malformed' | 'truncated', what: string): CodecError =>
    new CodecError(code, what, { format: 'PEM', path, offset: begin.index });
  const label = begin[1] as string;
  if (!LABEL.test(label)) throw fault('malformed', 'the BEGIN line has no proper label');
  const beginEnd = begin.index + begin[0].length;
  LINE_END.lastIndex = beginEnd;
  const lineEnd = LINE_END.exec(text);
  if (lineEnd === null) throw fault('malformed', 'something follows the BEGIN line');
  if (lineEnd[1] === '') throw fault('truncated', 'the text ends after the BEGIN line');
  const end = `-----END ${label}-----`;

  const headers: PemHeader[] = [];
  const base64: string[] = [];
  let at = LINE_END.lastIndex;
  let bodyStart = at;
  let padded = false;
  for (;;) {
    const current = lineAt(text, at);
    if (current.text.startsWith('-----')) {
      if (!current.text.startsWith(end))
        throw fault('malformed', 'another line of dashes comes before the END line');
      const endStart = text.indexOf('-----', current.start);
      const der = decodeBase64(base64);
      if (der === undefined) throw fault('malformed', 'the base64 cannot be decoded');
      return {
        index,
        label,
        headers,
        der,
        range: { start: begin.index, end: endStart + end.length },
        body: { start: bodyStart, end: current.start },
        line,
        lineWidth: base64[0]?.length ?? 64,
        newline: lineEnd[0].endsWith('\r\n') ? '\r\n' : '\n',
        indent: indentBefore(text, begin.index),
      };
    }
    const header: RegExpExecArray | null = base64.length === 0 ? HEADER.exec(current.text) : null;
    if (header !== null) {
      headers.push({ name: header[1] as string, value: header[2] as string });
      bodyStart = current.next;
    } else if (current.text === '') {
      if (base64.length === 0) bodyStart = current.next;
    } else if (base64.length === 0 && headers.length > 0 && isContinuation(text, current)) {
      bodyStart = current.next;
    } else if (padded || !BASE64_LINE.test(current.text)) {
      throw fault('malformed', 'a line between BEGIN and END is no base64');
    } else {
      base64.push(current.text);
      padded = current.text.endsWith('=');
    }
    if (current.next === current.end) throw fault('truncated', 'the END line is missing');
    at = current.next;
  }
}

/** A header continues on a line that starts with white space; it is kept, not read. */
function isContinuation(text: string, line: Line): boolean {
  return /[ \t]/.test(text[line.start] ?? '') && !BASE64_LINE.test(line.text);
}

/** The line from `start` on, which need not be the line's beginning. */
function lineAt(text: string, start: number): Line {
  const feed = text.indexOf('\n', start);
  const end = feed === -1 ? text.length : feed;
  return { start, end, next: feed === -1 ? end : feed + 1, text: text.slice(start, end).trim() };
}

function indentBefore(text: string, start: number): string {
  let at = start;
  while (at > 0 && (text[at - 1] === ' ' || text[at - 1] === '\t')) at -= 1;
  return at === 0 || text[at - 1] === '\n' ? text.slice(at, start) : '';
}

/** Strict decoding: right length, padding only at the end. */
function decodeBase64(lines: readonly string[]): Uint8Array | undefined {
  const text = lines.join('');
  if (text.length % 4 !== 0) return undefined;
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** Line numbers of rising offsets, in one pass. */
class LineCounter {
  readonly #text: string;
  #line = 1;
  #feed: number;

  constructor(text: string) {
    this.#text = text;
    this.#feed = text.indexOf('\n');
  }

  lineOf(offset: number): number {
    while (this.#feed !== -1 && this.#feed < offset) {
      this.#line += 1;
      this.#feed = this.#text.indexOf('\n', this.#feed + 1);
    }
    return this.#line;
  }
}
