import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

/** A digest as OCI writes it: `sha256:<64 hexadecimal digits>`. */
export type Digest = `sha256:${string}`;

export function digestOf(data: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The hexadecimal digits: a blob's file name. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** Counts and hashes bytes. */
export class Tally {
  readonly #hash: Hash = createHash('sha256');
  readonly #onBytes: ((bytes: number) => void) | undefined;
  bytes = 0;

  constructor(onBytes?: (bytes: number) => void) {
    this.#onBytes = onBytes;
  }

  /** Takes the next bytes into account, and gives them back. */
  add(chunk: Buffer): Buffer {
    this.#hash.update(chunk);
    this.bytes += chunk.length;
    this.#onBytes?.(chunk.length);
    return chunk;
  }

  /** To be asked once, after the end. */
  digest(): Digest {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}

/** Passes bytes on and counts and hashes them on the way. */
export class Meter extends Transform {
  readonly #tally: Tally;

  constructor(onBytes?: (bytes: number) => void) {
    super({ highWaterMark: 1024 * 1024 });
    this.#tally = new Tally(onBytes);
  }

  get bytes(): number {
    return this.#tally.bytes;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    done(null, this.#tally.add(chunk));
  }

  /** To be asked once, after the end. */
  digest(): Digest {
    return this.#tally.digest();
  }
}
