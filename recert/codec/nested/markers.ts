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
const SHORTEST_LINE = 16;
const GZIP = '\x1f\x8b\x08';

/** An archive is always the beginning of what is encoded. */
const GZIP_IN_BASE64 = 'H4sI';

const MARKER = new RegExp(
  [
    PEM,
    ...TOKENS,
    GZIP,
    '%1F%8B%08',
    '%1f%8b%08',
    ...[PEM, ...TOKEN_HEADERS].flatMap(inBase64),
    GZIP_IN_BASE64,
    ...[PEM, ...TOKEN_HEADERS.filter((text) => text.length === 8)].flatMap(inBase64).flatMap(inBase64),
    ...inBase64(GZIP_IN_BASE64),
  ]
    .filter((text) => text.length > 2)
    .map((text) => text.replaceAll(/[+\\^$.*?()[\]{}|/-]/g, '\\$&'))
    .join('|'),
);

/**
 * Whether bytes may hold a PEM block or a token: plain, in base64 (also of base64), compressed, or compressed in a data
 * URL. A quick look without parsing; for those forms it never says no wrongly.
 */
export function hasMarker(bytes: Uint8Array): boolean {
  return hasMarkerInText(latin1(bytes));
}

/** {@link hasMarker} of a text, one character a byte. */
export function hasMarkerInText(text: string): boolean {
  // Line breaks may cut a sign in two where base64 is wrapped.
  return MARKER.test(text) || (isWrapped(text) && MARKER.test(text.replaceAll(/\s+/g, '')));
}

/** Whether a line ends like one of wrapped base64; looked at from each line's end, for speed. */
function isWrapped(text: string): boolean {
  for (let feed = text.indexOf('\n'); feed !== -1; feed = text.indexOf('\n', feed + 1)) {
    let at = feed - 1;
    if (text[at] === '\r') at -= 1;
    let length = 0;
    while (length < SHORTEST_LINE && isBase64(text.charCodeAt(at - length))) length += 1;
    if (length === SHORTEST_LINE) return true;
  }
  return false;
}

function isBase64(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x2f && code <= 0x39) ||
    code === 0x2b ||
    code === 0x2d ||
    code === 0x5f
  );
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
