import { CodecError } from '../codec-error.ts';
import { concatBytes, type Range } from '../splice.ts';

interface Spot extends Range {
  /** Tag numbers before the item, outermost first. */
  readonly tags: readonly number[];
  /** Where the item begins behind its tags; `start` is before them. */
  readonly itemStart: number;
}

/** A data item (RFC 8949) and where it stands. */
export type CborNode =
  | (Spot & { readonly kind: 'bytes' | 'text'; readonly content: Uint8Array })
  | (Spot & { readonly kind: 'array'; readonly items: readonly CborNode[] } & Counted)
  | (Spot & { readonly kind: 'map'; readonly members: readonly CborMember[] } & Counted)
  | (Spot & { readonly kind: 'integer'; readonly value: bigint })
  | (Spot & { readonly kind: 'simple' });

interface Counted {
  /** Where the first element begins, or would. */
  readonly headEnd: number;
  readonly indefinite: boolean;
}

export interface CborMember {
  /** Text or byte string as text, integers in decimals; undefined for other keys. */
  readonly key: string | undefined;
  readonly keyNode: CborNode;
  readonly value: CborNode;
}

/** Before each CBOR value of Kubernetes: tag 55799, self-described CBOR. */
export const SELF_DESCRIBED = Uint8Array.of(0xd9, 0xd9, 0xf7);
const DEEPEST = 256;
const BREAK = 0xff;
const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether bytes begin like a CBOR value of Kubernetes. */
export function isCbor(bytes: Uint8Array): boolean {
  return SELF_DESCRIBED.every((byte, i) => bytes[i] === byte);
}

/**
 * Reads bytes that are exactly one data item, definite or indefinite, in any order of keys.
 *
 * @throws CodecError `malformed`, `truncated`, `too-deep`
 */
export function parseCbor(bytes: Uint8Array): CborNode {
  const reader = new CborReader(bytes);
  const node = reader.item(0);
  if (node.end !== bytes.length) throw reader.error('malformed', 'bytes follow the item', node.end);
  return node;
}

class CborReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  item(depth: number): CborNode {
    if (depth > DEEPEST) throw this.error('too-deep', `nested more than ${DEEPEST} deep`);
    const start = this.#at;
    const tags: number[] = [];
    while (this.#peek() >> 5 === 6) {
      tags.push(Number(this.#head().argument));
      if (tags.length > 16) throw this.error('too-deep', 'more than 16 tags on one item', start);
    }
    const itemStart = this.#at;
    const { major, argument, indefinite } = this.#head();
    const spot = (): Spot => ({ start, tags, itemStart, end: this.#at });
    switch (major) {
      case 0:
        return { kind: 'integer', value: argument, ...spot() };
      case 1:
        return { kind: 'integer', value: -1n - argument, ...spot() };
      case 2:
      case 3: {
        const content = indefinite ? this.#chunks(major) : this.#take(argument);
        return { kind: major === 2 ? 'bytes' : 'text', content, ...spot() };
      }
      case 4: {
        const headEnd = this.#at;
        const items: CborNode[] = [];
        this.#elements(argument, indefinite, () => items.push(this.item(depth + 1)));
        return { kind: 'array', items, headEnd, indefinite, ...spot() };
      }
      case 5: {
        const headEnd = this.#at;
        const members: CborMember[] = [];
        this.#elements(argument, indefinite, () => {
          const keyNode = this.item(depth + 1);
          members.push({ key: keyText(keyNode), keyNode, value: this.item(depth + 1) });
        });
        return { kind: 'map', members, headEnd, indefinite, ...spot() };
      }
      default:
        return { kind: 'simple', ...spot() };
    }
  }

  error(code: 'malformed' | 'truncated' | 'too-deep', what: string, offset = this.#at): CodecError {
    return new CodecError(code, what, { format: 'CBOR', offset });
  }

  #elements(count: bigint, indefinite: boolean, readOne: () => void): void {
    if (indefinite) {
      while (this.#peek() !== BREAK) readOne();
      this.#at += 1;
    } else {
      for (let i = 0n; i < count; i += 1n) readOne();
    }
  }

  /** The first byte and its argument (RFC 8949 §3); a float's bytes count as the argument. */
  #head(): { readonly major: number; readonly argument: bigint; readonly indefinite: boolean } {
    const start = this.#at;
    const first = this.#peek();
    const major = first >> 5;
    const info = first & 0x1f;
    this.#at += 1;
    if (info < 24) return { major, argument: BigInt(info), indefinite: false };
    if (info < 28) {
      const octets = this.#take(BigInt(2 ** (info - 24)));
      return { major, argument: BigInt(`0x${Buffer.from(octets).toString('hex')}`), indefinite: false };
    }
    if (info === 31 && major >= 2 && major <= 5) return { major, argument: 0n, indefinite: true };
    throw this.error(
      'malformed',
      info === 31 ? 'a break stands where none may' : 'a reserved length form',
      start,
    );
  }

  #chunks(major: number): Uint8Array {
    const chunks: Uint8Array[] = [];
    while (this.#peek() !== BREAK) {
      const start = this.#at;
      const head = this.#head();
      if (head.major !== major || head.indefinite)
        throw this.error('malformed', 'a chunk is of another kind', start);
      chunks.push(this.#take(head.argument));
    }
    this.#at += 1;
    return concatBytes(chunks);
  }

  #take(length: bigint): Uint8Array {
    if (length > BigInt(this.#bytes.length - this.#at))
      throw this.error('truncated', 'an item runs past the end');
    const start = this.#at;
    this.#at += Number(length);
    return this.#bytes.subarray(start, this.#at);
  }

  #peek(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw this.error('truncated', 'the data ends where an item is expected');
    return byte;
  }
}

function keyText(node: CborNode): string | undefined {
  if (node.kind === 'integer') return String(node.value);
  if (node.kind !== 'bytes' && node.kind !== 'text') return undefined;
  try {
    return STRICT.decode(node.content);
  } catch {
    return undefined;
  }
}
