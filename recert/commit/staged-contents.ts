import { hash } from 'node:crypto';
import type { Host } from '../../core/host/host.ts';
import { RecertError } from '../recert-error.ts';

/** Where a content lies among the staged ones. */
interface Place {
  readonly sha256: string;
  readonly offset: number;
  readonly length: number;
}

/** Staged contents, read forward: whoever applies them wants them in the order they lie in, and some not at all. */
export class StagedContents {
  readonly #host: Host;
  readonly #path: string;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  /** What was read and not yet asked for, and where it begins. */
  #rest: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(host: Host, path: string) {
    this.#host = host;
    this.#path = path;
  }

  /**
   * A content, which must not lie before one asked for earlier.
   *
   * @throws RecertError `stage-broken` when it is not what was staged
   */
  async read({ sha256, offset, length }: Place): Promise<Uint8Array> {
    let isMore = true;
    while (isMore && this.#at + this.#rest.length < offset) isMore = await this.#readOn();
    this.#skip(offset - this.#at);
    const parts: Uint8Array[] = [];
    for (let missing = length; missing > 0 && isMore; ) {
      if (this.#rest.length === 0) isMore = await this.#readOn();
      const part = this.#rest.subarray(0, missing);
      parts.push(part);
      missing -= part.length;
      this.#skip(part.length);
    }
    const content = Buffer.concat(parts);
    if (hash('sha256', content, 'hex') === sha256) return content;
    throw new RecertError(
      'stage-broken',
      `The contents of the unfinished run in ${this.#path} are damaged.`,
      {
        remedy: `Restore the data from before that run, then remove the directory of ${this.#path}.`,
      },
    );
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#chunks?.return?.();
  }

  #skip(count: number): void {
    const skipped = Math.min(count, this.#rest.length);
    this.#rest = this.#rest.subarray(skipped);
    this.#at += skipped;
  }

  /** Goes on to the next chunk, past what is left of this one. @returns whether there is one */
  async #readOn(): Promise<boolean> {
    this.#chunks ??= this.#host.openRead(this.#path)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    const next = await this.#chunks.next();
    this.#skip(this.#rest.length);
    if (next.done === true) return false;
    this.#rest = next.value;
    return true;
  }
}
