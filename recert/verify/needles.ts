const PREFIX_BYTES = 4;
const NONE: ReadonlySet<string> = new Set();

/**
 * Searches many byte strings at once, in one pass over the data: a table over the first two bytes throws out nearly
 * every position, a map over the first four the rest.
 */
export class Needles {
  readonly #firstTwo = new Uint8Array(65_536);
  readonly #byPrefix = new Map<number, (readonly [id: string, needle: Uint8Array])[]>();

  /** Adds raw bytes and the three ways they may lie in base64. */
  add(id: string, bytes: Uint8Array): void {
    this.#addExact(id, bytes);
    for (let shift = 0; shift < 3; shift += 1) {
      const padded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
      // Leave out the characters that hold bits of neighbours.
      const inner = padded.replaceAll('=', '').slice(shift === 0 ? 0 : shift + 1, -2);
      this.#addExact(id, Buffer.from(inner));
    }
  }

  /** Ids of all needles that lie in the data. */
  find(data: Uint8Array): ReadonlySet<string> {
    let found: Set<string> | undefined;
    const last = data.length - PREFIX_BYTES;
    const firstTwo = this.#firstTwo;
    for (let at = 0; at <= last; at += 1) {
      if (firstTwo[((data[at] as number) << 8) | (data[at + 1] as number)] === 0) continue;
      for (const [id, needle] of this.#byPrefix.get(prefixOf(data, at)) ?? []) {
        if (startsWithAt(data, needle, at)) (found ??= new Set()).add(id);
      }
    }
    return found ?? NONE;
  }

  #addExact(id: string, needle: Uint8Array): void {
    if (needle.length < PREFIX_BYTES) return;
    this.#firstTwo[((needle[0] as number) << 8) | (needle[1] as number)] = 1;
    const prefix = prefixOf(needle, 0);
    const same = this.#byPrefix.get(prefix);
    if (same === undefined) this.#byPrefix.set(prefix, [[id, needle]]);
    else same.push([id, needle]);
  }
}

function prefixOf(data: Uint8Array, at: number): number {
  return (
    (((data[at] as number) << 24) |
      ((data[at + 1] as number) << 16) |
      ((data[at + 2] as number) << 8) |
      (data[at + 3] as number)) >>>
    0
  );
}

function startsWithAt(data: Uint8Array, needle: Uint8Array, at: number): boolean {
  if (at + needle.length > data.length) return false;
  for (let i = PREFIX_BYTES; i < needle.length; i += 1) if (data[at + i] !== needle[i]) return false;
  return true;
}
