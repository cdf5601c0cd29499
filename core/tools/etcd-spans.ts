/** The least key there can be. */
export const FIRST_KEY = Buffer.from([0]);
/** As the end of a range: there is none. */
export const EVERYTHING = Buffer.from([0]);

/** The first key behind all keys with a prefix: its last byte below 0xff plus one; for the empty prefix, everything. */
function prefixEnd(prefix: string): Uint8Array {
  const end = Buffer.from(prefix);
  for (let at = end.length - 1; at >= 0; at -= 1) {
    if ((end[at] as number) === 0xff) continue;
    end[at] = (end[at] as number) + 1;
    return end.subarray(0, at + 1);
  }
  return EVERYTHING;
}

/** Where a pass over a prefix reads, in the order in which it does. */
export interface Span {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
}

/** What lies below the first prefixes, then what lies before, between and behind them. */
export function spansOf(prefix: string, first: readonly string[]): readonly Span[] {
  const early = first
    .map((text): Span => ({ start: Buffer.from(text), end: prefixEnd(text) }))
    .toSorted((a, b) => Buffer.compare(a.start, b.start));
  const late: Span[] = [];
  let start: Uint8Array = prefix === '' ? FIRST_KEY : Buffer.from(prefix);
  for (const span of early) {
    late.push({ start, end: span.start });
    start = span.end;
  }
  late.push({ start, end: prefixEnd(prefix) });
  return [...early, ...late];
}
