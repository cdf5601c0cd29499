const BACKSLASH = 0x5c;

/** Whether `<`, `>` and `&` are written as escapes, as Go's encoder (and so Kubernetes) does. */
export function escapesHtml(text: string): boolean {
  return /\\u00(?:3[ce]|26)/i.test(text);
}

/** A string as JSON text with its quotes, escaped as little as JSON allows, or as Go does. */
export function encodeJsonString(value: string, html: boolean): string {
  const text = JSON.stringify(value);
  if (!html) return text;
  return text.replaceAll(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * The JSON text of a new string in the place of an old one: what both have in common at the beginning and at the end
 * keeps the escapes it was written with.
 *
 * @param source the old string's text with its quotes
 */
export function reencodeJsonString(source: string, old: string, value: string, html: boolean): string {
  const { prefix, suffix } = commonEnds(old, value);
  const headEnd = skipUnits(source, 1, prefix);
  const head = source.slice(0, headEnd);
  const tail = source.slice(skipUnits(source, headEnd, old.length - suffix - prefix));
  return head + encodeJsonString(value.slice(prefix, value.length - suffix), html).slice(1, -1) + tail;
}

/** Lengths of the common beginning and end, never cutting a surrogate pair. */
function commonEnds(old: string, value: string): { readonly prefix: number; readonly suffix: number } {
  const shorter = Math.min(old.length, value.length);
  let prefix = 0;
  while (prefix < shorter && old.charCodeAt(prefix) === value.charCodeAt(prefix)) prefix += 1;
  if (prefix > 0 && isHighSurrogate(old.charCodeAt(prefix - 1))) prefix -= 1;
  let suffix = 0;
  while (
    suffix < shorter - prefix &&
    old.charCodeAt(old.length - 1 - suffix) === value.charCodeAt(value.length - 1 - suffix)
  ) {
    suffix += 1;
  }
  if (suffix > 0 && isLowSurrogate(old.charCodeAt(old.length - suffix))) suffix -= 1;
  return { prefix, suffix };
}

/** Where in a string's JSON text so many UTF-16 units end, counted from the beginning of one. */
function skipUnits(source: string, start: number, count: number): number {
  let at = start;
  for (let left = count; left > 0; left -= 1) {
    if (source.charCodeAt(at) !== BACKSLASH) at += 1;
    else at += source[at + 1] === 'u' ? 6 : 2;
  }
  return at;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
