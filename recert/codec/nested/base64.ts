import { CodecError } from '../codec-error.ts';
import { equalBytes, type Range } from '../splice.ts';

/** Base64 text of any common form: standard or URL alphabet, padded or not, on one line or wrapped. */
interface Base64Text {
  readonly before: string;
  readonly after: string;
  readonly isUrl: boolean;
  readonly isPadded: boolean;
  /** Characters of the first line; undefined on one line. */
  readonly width: number | undefined;
  /** What stands between lines, indentation included. */
  readonly between: string;
  readonly bytes: Uint8Array;
}

/**
 * The bytes of a base64 text.
 *
 * @throws CodecError `malformed`
 */
export function decodeBase64(text: string): Uint8Array {
  return read(text).bytes;
}

/**
 * The base64 of new bytes, in the alphabet, padding and line layout of the old text; the same bytes give the same text.
 *
 * @throws CodecError `malformed` when the old text is no base64
 */
export function reencodeBase64(old: string, bytes: Uint8Array): string {
  const form = read(old);
  if (equalBytes(form.bytes, bytes)) return old;
  const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    form.isUrl ? 'base64url' : 'base64',
  );
  const bare = plain.replace(/=+$/, '');
  const whole = form.isPadded ? bare.padEnd(Math.ceil(bare.length / 4) * 4, '=') : bare;
  const lines: string[] = [];
  const width = form.width ?? Math.max(whole.length, 1);
  for (let at = 0; at < whole.length; at += width) lines.push(whole.slice(at, at + width));
  return form.before + lines.join(form.between) + form.after;
}

/**
 * Whether a text is base64 of something. Short texts and words often are by chance; a PEM block is one in the URL
 * alphabet when its content happens to hold neither `+` nor `/`.
 */
export function looksLikeBase64(text: string): boolean {
  return text.length >= 16 && !text.includes('-----') && charactersOf(text) !== undefined;
}

/** Base64 in the middle of a text, long enough to be neither a word nor a path by chance. */
const RUN = /[A-Za-z0-9+/]{40,}={0,2}/g;

/** All runs of base64 of a text that is not itself base64: in scripts, TOML, environment files. */
export function findBase64Runs(text: string): readonly Range[] {
  return Array.from(text.matchAll(RUN), ({ 0: run, index: start }) => ({ start, end: start + run.length }));
}

function read(text: string): Base64Text {
  const form = tryRead(text);
  if (form === undefined) throw new CodecError('malformed', 'the text is no base64', { format: 'base64' });
  return form;
}

function tryRead(text: string): Base64Text | undefined {
  if (text.trim() === '') {
    return {
      before: '',
      after: text,
      isUrl: false,
      isPadded: true,
      width: undefined,
      between: '',
      bytes: new Uint8Array(),
    };
  }
  const characters = charactersOf(text);
  if (characters === undefined) return undefined;
  const { compact, padding } = characters;
  const isUrl = /[-_]/.test(compact);
  const bytes = new Uint8Array(Buffer.from(compact, isUrl ? 'base64url' : 'base64'));
  const start = text.search(/\S/);
  const end = text.trimEnd().length;
  const gap = /\s+/.exec(text.slice(start, end));
  return {
    before: text.slice(0, start),
    after: text.slice(end),
    isUrl,
    isPadded: padding > 0 || (compact.length % 4 === 0 && !isUrl),
    width: gap?.index,
    between: gap?.[0] ?? '',
    bytes,
  };
}

/** The characters that stand for bits, and how many signs of padding follow; undefined if the text is no base64. */
function charactersOf(text: string): { readonly compact: string; readonly padding: number } | undefined {
  const end = text.trimEnd();
  let bits = end.length;
  while (end[bits - 1] === '=') bits -= 1;
  const padding = end.length - bits;
  // Padding only at the end, and nothing but white space between the lines.
  if (padding > 2 || text.indexOf('=') !== (padding > 0 ? bits : -1)) return undefined;
  const compact = end.slice(0, bits).replaceAll(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*$/.test(compact) && !/^[A-Za-z0-9_-]*$/.test(compact)) return undefined;
  if (compact.length % 4 === 1) return undefined;
  return padding > 0 && (compact.length + padding) % 4 !== 0 ? undefined : { compact, padding };
}
