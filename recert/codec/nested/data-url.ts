import { CodecError } from '../codec-error.ts';
import { equalBytes } from '../splice.ts';
import { fromLatin1, latin1 } from '../text.ts';
import { decodeBase64, reencodeBase64 } from './base64.ts';

/** Characters a data URL may hold as they are; the set Ignition's writers leave alone. */
const UNESCAPED = /[A-Za-z0-9\-_.!~*'()]/;

/** Whether a text is a data URL (RFC 2397), as far as its beginning tells. */
export function isDataUrl(text: string): boolean {
  return /^data:[^,\s]{0,200},/i.test(text);
}

/**
 * The bytes a data URL carries; compression, which Ignition notes elsewhere, is not undone here.
 *
 * @throws CodecError `malformed`
 */
export function decodeDataUrl(text: string): Uint8Array {
  const { isBase64, data } = split(text);
  return isBase64 ? decodeBase64(unescape(data)) : fromLatin1(unescape(data));
}

/**
 * A data URL with other bytes: media type and encoding as they were, and in the percent form the characters that old
 * and new have in common at both ends spelled as they were.
 *
 * @throws CodecError `malformed` when the old text is no data URL
 */
export function reencodeDataUrl(old: string, bytes: Uint8Array): string {
  const { isBase64, head, data } = split(old);
  const oldBytes = decodeDataUrl(old);
  if (equalBytes(oldBytes, bytes)) return old;
  if (isBase64) return head + reencodeBase64(unescape(data), bytes);
  const pieces = data.match(/%[0-9a-fA-F]{2}|[^%]/g) ?? [];
  const shorter = Math.min(pieces.length, bytes.length);
  let prefix = 0;
  while (prefix < shorter && oldBytes[prefix] === bytes[prefix]) prefix += 1;
  let suffix = 0;
  while (suffix < shorter - prefix && oldBytes.at(-1 - suffix) === bytes.at(-1 - suffix)) suffix += 1;
  const middle = latin1(bytes.subarray(prefix, bytes.length - suffix)).replaceAll(/[^]/g, escape);
  return head + pieces.slice(0, prefix).join('') + middle + pieces.slice(pieces.length - suffix).join('');
}

function split(text: string): { readonly head: string; readonly isBase64: boolean; readonly data: string } {
  const comma = text.indexOf(',');
  if (!isDataUrl(text) || comma === -1) throw malformed('the text is no data URL');
  const head = text.slice(0, comma + 1);
  return { head, isBase64: /;base64,$/i.test(head), data: text.slice(comma + 1) };
}

/** Percent escapes undone; one character a byte. */
function unescape(data: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(data)) throw malformed('a percent sign has no two digits behind it');
  if (/[^\0-\x7f]/.test(data)) throw malformed('a character is outside ASCII');
  return data.replaceAll(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function escape(character: string): string {
  if (UNESCAPED.test(character)) return character;
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function malformed(what: string): CodecError {
  return new CodecError('malformed', what, { format: 'data URL' });
}
