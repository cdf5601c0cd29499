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

const SIGNS = [
  PEM,
  ...TOKENS,
  GZIP,
  '%1F%8B%08',
  '%1f%8b%08',
  ...[PEM, ...TOKEN_HEADERS].flatMap(inBase64),
  GZIP_IN_BASE64,
  ...[PEM, ...TOKEN_HEADERS.filter((text) => text.length === 8)].flatMap(inBase64).flatMap(inBase64),
  ...inBase64(GZIP_IN_BASE64),
].filter((text) => text.length > 2);

/** For every two bytes: whether a sign begins with them (1), or with one byte before them (2). */
const PAIRS = new Uint8Array(65_536);
/** What signs begin with, by three bytes. */
const BY_TRIPLE = new Map<number, Uint8Array[]>();
for (const sign of SIGNS.map((text) => Buffer.from(text, 'latin1'))) {
  const [a = 0, b = 0, c = 0] = sign;
  PAIRS[(a << 8) | b] = (PAIRS[(a << 8) | b] ?? 0) | 1;
  PAIRS[(b << 8) | c] = (PAIRS[(b << 8) | c] ?? 0) | 2;
  const triple = (a << 16) | (b << 8) | c;
  BY_TRIPLE.set(triple, [...(BY_TRIPLE.get(triple) ?? []), sign]);
}

/**
 * Whether bytes may hold a PEM block or a token: plain, in base64 (also of base64), compressed, or compressed in a data
 * URL. A quick look without parsing; for those forms it never says no wrongly.
 */
export function hasMarker(bytes: Uint8Array): boolean {
  // Line breaks may cut a sign in two where base64 is wrapped.
  return hasSign(bytes) || (isWrapped(bytes) && hasSign(withoutSpace(bytes)));
}

/** {@link hasMarker} of a text, one character a byte. */
export function hasMarkerInText(text: string): boolean {
  return hasMarker(Buffer.from(text, 'latin1'));
}

/**
 * Tells of stretches of bytes whether they may hold what {@link hasMarker} looks for, in one pass over all of them: it
 * says yes to at least the same stretches. Undefined if no stretch does.
 */
export function findMarkers(bytes: Uint8Array): ((start: number, end: number) => boolean) | undefined {
  const starts: number[] = [];
  eachSign(bytes, (at) => {
    starts.push(at);
    return true;
  });
  const wrapped = isWrapped(bytes);
  if (starts.length === 0 && !(wrapped && hasSign(withoutSpace(bytes)))) return undefined;
  return (start, end) => firstFrom(starts, start) < end || (wrapped && hasMarker(bytes.subarray(start, end)));
}

function hasSign(bytes: Uint8Array): boolean {
  return !eachSign(bytes, () => false);
}

/**
 * Goes through all places where a sign begins, until told to stop. Of each two bytes one pair is looked at: every sign
 * has one among its first three.
 *
 * @returns whether it was never told to stop
 */
function eachSign(bytes: Uint8Array, isMoreWanted: (at: number) => boolean): boolean {
  const last = bytes.length - 1;
  for (let at = 0; at < last; at += 2) {
    const pair = PAIRS[((bytes[at] as number) << 8) | (bytes[at + 1] as number)] as number;
    if (pair === 0) continue;
    if ((pair & 2) !== 0 && isSignAt(bytes, at - 1) && !isMoreWanted(at - 1)) return false;
    if ((pair & 1) !== 0 && isSignAt(bytes, at) && !isMoreWanted(at)) return false;
  }
  return true;
}

function isSignAt(bytes: Uint8Array, at: number): boolean {
  if (at < 0 || at + 2 >= bytes.length) return false;
  const triple = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  const signs = BY_TRIPLE.get(triple);
  return signs?.some((sign) => startsWithAt(bytes, sign, at)) ?? false;
}

function startsWithAt(bytes: Uint8Array, sign: Uint8Array, start: number): boolean {
  if (start + sign.length > bytes.length) return false;
  for (let i = 3; i < sign.length; i += 1) if (bytes[start + i] !== sign[i]) return false;
  return true;
}

/** The first of rising numbers that is not below another one; infinity if there is none. */
function firstFrom(rising: readonly number[], least: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return rising[low] ?? Number.POSITIVE_INFINITY;
}

function withoutSpace(bytes: Uint8Array): Uint8Array {
  return Buffer.from(latin1(bytes).replaceAll(/\s+/g, ''), 'latin1');
}

const FEED = 0x0a;
const RETURN = 0x0d;

/** Whether a line ends like one of wrapped base64; looked at from each line's end, for speed. */
function isWrapped(bytes: Uint8Array): boolean {
  for (let feed = bytes.indexOf(FEED); feed !== -1; feed = bytes.indexOf(FEED, feed + 1)) {
    let at = feed - 1;
    if (bytes[at] === RETURN) at -= 1;
    let length = 0;
    while (length < SHORTEST_LINE && isBase64(bytes[at - length] ?? 0)) length += 1;
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
