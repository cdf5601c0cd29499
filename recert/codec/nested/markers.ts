import { latin1 } from '../text.ts';

/** What every PEM block and every token holds, and what hides others: a gzip header. */
const PEM = '-----BEGIN';
/** Longer beginnings, for where three characters would be met by chance everywhere. */
const TOKEN_HEADERS = [
  'eyJhbGci',
  'eyJraWQi',
  'eyJ0eXAi',
  'eyJqa3Ui',
  'eyJ4NXQi',
  'eyAi',
  'ewog',
  'eyJ',
] as const;
const TOKENS = ['eyJ', 'eyAi'] as const;
const GZIP = '\x1f\x8b\x08';

const MARKER = new RegExp(
  [
    PEM,
    ...TOKENS,
    GZIP,
    '%1F%8B%08',
    '%1f%8b%08',
    ...[PEM, ...TOKEN_HEADERS, GZIP].flatMap(inBase64),
    ...[PEM, ...TOKEN_HEADERS.filter((text) => text.length === 8), GZIP].flatMap(inBase64).flatMap(inBase64),
  ]
    .filter((text) => text.length > 2)
    .map((text) => text.replaceAll(/[+\\^$.*?()[\]{}|/-]/g, '\\$&'))
    .join('|'),
);

/** A line of base64 with more behind it. */
const WRAPPED = /[A-Za-z0-9+/_-]{40}=?[\r\n]/;

/**
 * Whether bytes may hold a PEM block or a token, plain, in base64 (also of base64), compressed, or compressed in
 * a data URL. A quick look that
 * never says no wrongly for those forms; no parsing.
 */
export function hasMarker(bytes: Uint8Array): boolean {
  const text = latin1(bytes);
  // Line breaks may cut a sign in two where base64 is wrapped.
  return MARKER.test(text) || (WRAPPED.test(text) && MARKER.test(text.replaceAll(/\s+/g, '')));
}

/** The characters of a text's base64 that do not depend on what stands around it, in all three alignments. */
function inBase64(text: string): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.from('\0'.repeat(shift) + text, 'latin1')
      .toString('base64')
      .replace(/=+$/, '');
    const first = Math.ceil((shift * 8) / 6);
    const last = Math.floor(((shift + text.length) * 8) / 6);
    return encoded.slice(first, last);
  });
}
