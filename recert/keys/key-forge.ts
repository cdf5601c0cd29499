import { generateKeyPair, type KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import type { KeyId, KeyKind } from './key-kind.ts';

/** A private key and its public half. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

interface Order {
  readonly kind: KeyKind;
  readonly resolve: (pair: KeyPair) => void;
  readonly reject: (error: unknown) => void;
}

const generate = promisify(generateKeyPair) as unknown as (
  type: string,
  options: Readonly<Record<string, unknown>>,
) => Promise<KeyPair>;

/**
 * Makes new keys in the background (OpenSSL on libuv's threads), as many at once as there are cores, the slow ones
 * first. A key is ordered as soon as the one it replaces is met, so that making keys and scanning overlap.
 */
export class KeyForge {
  readonly #made = new Map<KeyId, Promise<KeyPair>>();
  readonly #waiting: Order[] = [];
  readonly #most: number;
  #busy = 0;

  constructor(most = availableParallelism()) {
    this.#most = most;
  }

  /** The successor of a key: the same one for the same id, however often asked. */
  order(id: KeyId, kind: KeyKind): Promise<KeyPair> {
    let pair = this.#made.get(id);
    if (pair === undefined) {
      const { promise, resolve, reject } = Promise.withResolvers<KeyPair>();
      promise.catch(() => undefined); // whoever awaits the order sees it
      this.#made.set(id, promise);
      this.#waiting.push({ kind, resolve, reject });
      setImmediate(() => this.#start()); // so that one page's orders are sorted before the first begins
      pair = promise;
    }
    return pair;
  }

  /** Forgets orders that have not begun, so that nothing keeps the process busy after a failure. */
  close(): void {
    this.#waiting.length = 0;
  }

  #start(): void {
    while (this.#busy < this.#most && this.#waiting.length > 0) {
      const slowest = this.#waiting.reduce((a, b) => (cost(b.kind) > cost(a.kind) ? b : a));
      this.#waiting.splice(this.#waiting.indexOf(slowest), 1);
      this.#busy += 1;
      makeKeyPair(slowest.kind)
        .then(slowest.resolve, slowest.reject)
        .finally(() => {
          this.#busy -= 1;
          this.#start();
        });
    }
  }
}

/** One new key pair of a kind. */
export function makeKeyPair(kind: KeyKind): Promise<KeyPair> {
  if (kind.type === 'rsa' || kind.type === 'rsa-pss') {
    return generate(kind.type, { modulusLength: kind.bits, publicExponent: kind.exponent });
  }
  if (kind.type === 'ec') return generate('ec', { namedCurve: kind.curve, paramEncoding: 'named' });
  return generate(kind.type, {});
}

function cost(kind: KeyKind): number {
  return 'bits' in kind ? kind.bits : 1;
}
