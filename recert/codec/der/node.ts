import { CodecError } from '../codec-error.ts';

/** From the root down: a child's index, or `inside` for the element an OCTET STRING or BIT STRING wraps. */
export type DerStep = number | 'inside';
export type DerPath = readonly DerStep[];
export type TagClass = 'universal' | 'application' | 'context' | 'private';

const CLASSES = ['universal', 'application', 'context', 'private'] as const;
const DEEPEST = 64;

/** ASN.1 universal tag numbers met in certificates and keys (X.680 §8.6). */
export const TAG = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  utf8String: 12,
  sequence: 16,
  set: 17,
  numericString: 18,
  printableString: 19,
  teletexString: 20,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
  visibleString: 26,
  universalString: 28,
  bmpString: 30,
} as const;

/** One element (tag, length, value) and where it lies; children are read when asked for. */
export class DerNode {
  /** The bytes the offsets belong to. */
  readonly bytes: Uint8Array;
  readonly tagClass: TagClass;
  readonly tag: number;
  readonly constructed: boolean;
  readonly start: number;
  readonly lengthStart: number;
  readonly contentStart: number;
  readonly end: number;
  readonly path: DerPath;
  readonly parent: DerNode | undefined;
  #children: readonly DerNode[] | undefined;
  #inside: DerNode | undefined;

  constructor(bytes: Uint8Array, header: Header, path: DerPath, parent: DerNode | undefined) {
    this.bytes = bytes;
    this.tagClass = CLASSES[header.tagClass] as TagClass;
    this.tag = header.tag;
    this.constructed = header.constructed;
    this.start = header.start;
    this.lengthStart = header.lengthStart;
    this.contentStart = header.contentStart;
    this.end = header.end;
    this.path = path;
    this.parent = parent;
  }

  /** The whole element. */
  get raw(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** The value without tag and length. */
  get content(): Uint8Array {
    return this.bytes.subarray(this.contentStart, this.end);
  }

  /** Whether this is an element of the universal class with that tag number. */
  is(tag: number): boolean {
    return this.tagClass === 'universal' && this.tag === tag;
  }

  /** Whether this is a context-specific element `[tag]`. */
  isContext(tag: number): boolean {
    return this.tagClass === 'context' && this.tag === tag;
  }

  /**
   * The elements inside a constructed one, in order; none in a primitive one.
   *
   * @throws CodecError when the content is not a run of whole elements
   */
  get children(): readonly DerNode[] {
    this.#children ??= this.constructed ? readChildren(this) : [];
    return this.#children;
  }

  /**
   * The element an OCTET STRING or BIT STRING wraps.
   *
   * @throws CodecError when this is neither, or holds anything but one element
   */
  inside(): DerNode {
    this.#inside ??= readInside(this);
    return this.#inside;
  }

  /**
   * The child at an index.
   *
   * @throws CodecError `not-found`
   */
  child(index: number): DerNode {
    const child = this.children[index];
    if (child === undefined) throw derError('not-found', `there is no child ${index}`, this.start, this.path);
    return child;
  }
}

interface Header {
  readonly tagClass: number;
  readonly tag: number;
  readonly constructed: boolean;
  readonly start: number;
  readonly lengthStart: number;
  readonly contentStart: number;
  readonly end: number;
}

/**
 * Reads bytes that are exactly one element. BER's other length forms are read (and kept); the indefinite one is not.
 *
 * @throws CodecError `malformed`, `truncated`, `unsupported`
 */
export function parseDer(bytes: Uint8Array): DerNode {
  const header = readHeader(bytes, 0, bytes.length, []);
  if (header.end !== bytes.length) {
    throw derError('malformed', `${bytes.length - header.end} bytes follow the element`, header.end, []);
  }
  return new DerNode(bytes, header, [], undefined);
}

/**
 * Reads the element that bytes begin with; `root.end` says where what follows begins. OpenSSL's `TRUSTED CERTIFICATE` is
 * such a pair of a certificate and its trust settings.
 *
 * @throws CodecError `malformed`, `truncated`, `unsupported`
 */
export function parseDerPrefix(bytes: Uint8Array): DerNode {
  return new DerNode(bytes, readHeader(bytes, 0, bytes.length, []), [], undefined);
}

/**
 * The element at a path below a root.
 *
 * @throws CodecError `not-found`, and whatever reading on the way finds
 */
export function nodeAt(root: DerNode, path: DerPath): DerNode {
  let node = root;
  for (const step of path) node = step === 'inside' ? node.inside() : node.child(step);
  return node;
}

/** A path as an error prints it: `/0/7/inside`. */
export function printDerPath(path: DerPath): string {
  return `/${path.join('/')}`;
}

function readChildren(node: DerNode): DerNode[] {
  const children: DerNode[] = [];
  for (let at = node.contentStart; at < node.end; ) {
    const path = [...node.path, children.length];
    const header = readHeader(node.bytes, at, node.end, path);
    children.push(new DerNode(node.bytes, header, path, node));
    at = header.end;
  }
  return children;
}

function readInside(node: DerNode): DerNode {
  const isBits = node.is(TAG.bitString);
  if (node.constructed || !(isBits || node.is(TAG.octetString))) {
    throw derError('malformed', 'only an OCTET STRING or BIT STRING wraps an element', node.start, node.path);
  }
  if (isBits && node.bytes[node.contentStart] !== 0) {
    throw derError(
      'malformed',
      'a BIT STRING that wraps an element has no unused bits',
      node.start,
      node.path,
    );
  }
  const path: DerPath = [...node.path, 'inside'];
  const header = readHeader(node.bytes, node.contentStart + (isBits ? 1 : 0), node.end, path);
  if (header.end !== node.end)
    throw derError('malformed', 'bytes follow the wrapped element', header.end, path);
  return new DerNode(node.bytes, header, path, node);
}

function readHeader(bytes: Uint8Array, start: number, limit: number, path: DerPath): Header {
  if (path.length > DEEPEST) throw derError('too-deep', `nested more than ${DEEPEST} deep`, start, path);
  let at = start;
  const next = (): number => {
    if (at >= limit) throw derError('truncated', 'the element ends in its tag or length', at, path);
    return bytes[at++] as number;
  };
  const first = next();
  let tag = first & 0x1f;
  if (tag === 0x1f) {
    tag = 0;
    for (let octet = 0x80; octet & 0x80; ) {
      octet = next();
      tag = tag * 128 + (octet & 0x7f);
      if (tag > 0xffff_ffff) throw derError('malformed', 'the tag number is too large', start, path);
    }
  }
  const lengthStart = at;
  let length = next();
  if (length === 0x80)
    throw derError('unsupported', 'the indefinite length form is BER, not DER', lengthStart, path);
  if (length === 0xff) throw derError('malformed', 'the length octet 0xff is reserved', lengthStart, path);
  if (length > 0x80) {
    let left = length - 0x80;
    length = 0;
    for (; left > 0; left -= 1) {
      length = length * 256 + next();
      if (length > 0xffff_ffff) throw derError('malformed', 'the length is too large', lengthStart, path);
    }
  }
  if (at + length > limit) throw derError('truncated', 'the length runs past the end', lengthStart, path);
  return {
    tagClass: first >> 6,
    tag,
    constructed: (first & 0x20) !== 0,
    start,
    lengthStart,
    contentStart: at,
    end: at + length,
  };
}

export function derError(
  code: 'malformed' | 'truncated' | 'unsupported' | 'too-deep' | 'not-found' | 'invalid-value' | 'overlap',
  what: string,
  offset: number,
  path: DerPath,
): CodecError {
  return new CodecError(code, what, { format: 'DER', offset, path: printDerPath(path) });
}
