import { parseDocument, type Scalar } from 'yaml';
import type { Range, Splice } from '../splice.ts';

/** How the text around a scalar constrains its new form. */
export interface ScalarPlace {
  readonly node: Scalar;
  /** Inside `[…]` or `{…}`. */
  readonly inFlow: boolean;
}

/**
 * The source of a new text in the place of a scalar, in the same style where that can hold it: block literals stay
 * block literals with their indentation, plain and single-quoted ones stay so; all else becomes double-quoted.
 *
 * @param plainest false asks for double quotes at once
 */
export function respell(text: string, place: ScalarPlace, value: string, plainest: boolean): Splice<string> {
  const { node } = place;
  const [start, end] = node.range ?? [0, 0, 0];
  const source = text.slice(start, end);
  const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  if (plainest) {
    const block = isBlock ? blockLiteral(source, value) : undefined;
    if (block !== undefined)
      return { start: start + block.start, end: start + block.end, replacement: block.text };
    if (node.type === 'PLAIN' && fitsPlain(value, place.inFlow)) return { start, end, replacement: value };
    if (node.type === 'QUOTE_SINGLE' && /^[\x20-\x7e]*$/.test(value)) {
      return { start, end, replacement: `'${value.replaceAll("'", "''")}'` };
    }
  }
  const quoted = quote(value);
  if (!isBlock) return { start, end, replacement: quoted };
  const body = bodyOf(source);
  return { start, end: start + body.lastEnd, replacement: quoted };
}

/** A double-quoted scalar on one line; JSON's escapes are YAML's too. */
function quote(value: string): string {
  return JSON.stringify(value).replaceAll(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

interface BlockBody {
  /** Without its line break. */
  readonly header: string;
  readonly newline: string;
  /** White space before each line; undefined when no line has content. */
  readonly indent: string | undefined;
  /** End of the last line with content, before its line break. */
  readonly lastEnd: number;
  readonly hasFinalNewline: boolean;
}

function bodyOf(source: string): BlockBody {
  const feed = source.indexOf('\n');
  const headerEnd = feed === -1 ? source.length : feed;
  const newline = source[headerEnd - 1] === '\r' ? '\r\n' : '\n';
  const header = source.slice(0, headerEnd).trimEnd();
  const lastEnd = source.trimEnd().length;
  const first = /\n([ ]+)[^\s]/.exec(source);
  return {
    header,
    newline,
    indent: first?.[1],
    lastEnd,
    hasFinalNewline: source.slice(lastEnd).includes('\n'),
  };
}

/** The header and lines for a value that a literal block of the old indentation can hold. */
function blockLiteral(source: string, value: string): (Range & { readonly text: string }) | undefined {
  const body = bodyOf(source);
  const { indent, newline, header } = body;
  if (
    indent === undefined ||
    !/\S/.test(value) ||
    !/^[\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/.test(value)
  ) {
    return undefined;
  }
  const content = value.replace(/\n+$/, '');
  const lines = content.split('\n');
  const hasIndicator = /^[|>][-+]?[1-9]/.test(header);
  if (lines.some((line) => /^[ \t]+$/.test(line))) return undefined;
  if (!hasIndicator && /^\n*[ \t]/.test(content)) return undefined;
  const finalBreaks = value.length - content.length;
  const chomp = finalBreaks === 0 ? '-' : finalBreaks === 1 ? '' : '+';
  const newHeader = header.replace(
    /^[|>](?:([1-9])[-+]?|[-+]?([1-9])?)/,
    (_, a?: string, b?: string) => `|${a ?? b ?? ''}${chomp}`,
  );
  const text = [newHeader, ...lines.map((line) => (line === '' ? '' : indent + line))].join(newline);
  if (chomp === '+') return { start: 0, end: source.length, text: text + newline.repeat(finalBreaks) };
  // Blank lines kept by an old `+` belong to the old value; behind others they are mere layout.
  const keptBlanks = /^[|>][1-9]?\+/.test(header);
  const end = keptBlanks ? source.length : body.lastEnd;
  const final = keptBlanks || (finalBreaks === 1 && !body.hasFinalNewline) ? newline : '';
  return { start: 0, end, text: text + final };
}

/** Whether a text can stand unquoted and is still read as that string, also by readers of YAML 1.1. */
function fitsPlain(value: string, inFlow: boolean): boolean {
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) return false;
  if (/^[-?:,[\]{}#&*!|>'"%@`]/.test(value) && !/^[-?:][^\s,[\]{}]/.test(value)) return false;
  if (/: |:$| #|^---|^\.\.\./.test(value)) return false;
  if (inFlow && /[,[\]{}:]/.test(value)) return false;
  if (/^[-+.\d]|^(?:y|n|yes|no|on|off|true|false|null|~|=|<<)$/i.test(value) && !isString(value))
    return false;
  return !/^(?:y|n|yes|no|on|off|=|<<)$/i.test(value);
}

/** Read as a string by both versions of YAML. */
function isString(value: string): boolean {
  return (['1.1', '1.2'] as const).every((version) => {
    const document = parseDocument(value, { version, logLevel: 'silent' });
    return document.errors.length === 0 && document.toJS() === value;
  });
}
