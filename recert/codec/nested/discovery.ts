import type { CodecError } from '../codec-error.ts';
import type { LensStep } from './chain.ts';

/** A PEM block or token somewhere inside a value. */
export interface Found {
  readonly steps: readonly LensStep[];
  readonly kind: 'pem' | 'jwt';
  /** The PEM label. */
  readonly label?: string;
  /** The DER of a block; the characters of a token. */
  readonly bytes: Uint8Array;
}

/** Something that begins like a PEM block, an object or an archive and cannot be read. */
export interface Fault {
  /** The way to the container of the malformed thing. */
  readonly steps: readonly LensStep[];
  readonly error: CodecError;
}

export interface Discovery {
  readonly found: readonly Found[];
  readonly faults: readonly Fault[];
}

/** Texts of all values kept at most, in characters. */
const MOST_CHARACTERS = 2 * 1024 * 1024;
/** Shorter ones are read as fast as they are looked up. */
const SHORTEST = 200;

/** What texts were found to hold, for as many of the latest as there is room for. */
export class SeenTexts {
  readonly #byText = new Map<string, Discovery>();
  #characters = 0;

  /** What a text holds, from an earlier time or by reading it now. */
  remember(text: string, read: () => Discovery): Discovery {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const discovery = read();
    if (text.length < SHORTEST || text.length > MOST_CHARACTERS / 8) return discovery;
    if (this.#characters + text.length > MOST_CHARACTERS) {
      this.#byText.clear();
      this.#characters = 0;
    }
    this.#byText.set(text, discovery);
    this.#characters += text.length;
    return discovery;
  }
}
