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

/** What was made of texts (what they were found to hold, say), for as many of the latest as there is room for. */
export class SeenTexts<Result = Discovery> {
  readonly #byText = new Map<string, Result>();
  #characters = 0;

  /**
   * What is made of a text, from an earlier time or by making it now.
   *
   * @param how tells apart what is made of the same text in different ways
   */
  remember(text: string, make: () => Result, how = ''): Result {
    if (text.length < SHORTEST || text.length > MOST_CHARACTERS / 8) return make();
    const name = how + text;
    const known = this.#byText.get(name);
    if (known !== undefined) return known;
    const result = make();
    if (this.#characters + name.length > MOST_CHARACTERS) {
      this.#byText.clear();
      this.#characters = 0;
    }
    this.#byText.set(name, result);
    this.#characters += name.length;
    return result;
  }
}
