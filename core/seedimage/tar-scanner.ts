import {
  BLOCK,
  type ByteName,
  parseHeader,
  parsePaxRecords,
  shownName,
  type TarHeader,
} from './tar-header.ts';

export type MemberType = 'file' | 'hardlink' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo';

export interface TarMember {
  /** Without a trailing slash. */
  readonly name: ByteName;
  readonly type: MemberType;
  /** Target of a link; empty otherwise. */
  readonly linkName: ByteName;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface TarListener {
  /** Called at each member's header, before its content. May throw to refuse it. */
  member(member: TarMember): void;
  /** Called with each piece of a file's content. */
  content?(member: TarMember, piece: Buffer): void;
  /** Called when a file's content is complete. */
  contentEnd?(member: TarMember): void;
}

/** An archive that is not exactly what GNU tar writes for a system tree. */
export class TarFormatError extends Error {}

const TYPES: Readonly<Record<string, MemberType>> = {
  0: 'file',
  1: 'hardlink',
  2: 'symlink',
  3: 'character',
  4: 'block',
  5: 'directory',
  6: 'fifo',
};

const ZEROS = Buffer.alloc(BLOCK);
const MOST_EXTENDED_HEADER = 4 * 1024 * 1024;
const MOST_LONG_NAME = 64 * 1024;

/** Extended header keys that change nothing about where a member goes. `path`, `linkpath`, `size` are read. */
const HARMLESS_KEY =
  /^(mtime|atime|ctime|uid|gid|uname|gname|SCHILY\.xattr\..+|SCHILY\.acl\.(access|default)|RHT\.security\.selinux)$/s;

/** What the bytes passing by belong to. */
type Passing =
  | { readonly kind: 'content'; readonly member: TarMember }
  | { readonly kind: 'x' | 'L' | 'K'; readonly pieces: Buffer[] };

/**
 * Reads an archive as a stream and tells each member before its content passes. It is strict on purpose: what it does
 * not understand it refuses, so that no other tar can read the same bytes in another way (sparse files, global
 * headers, alternative names, old types, data after the end). Memory is flat.
 */
export class TarScanner {
  readonly #listener: TarListener;
  #partial: Buffer = Buffer.alloc(0);
  #current: Passing | undefined;
  #contentLeft = 0;
  #paddingLeft = 0;
  #extended: ReadonlyMap<string, Buffer> | undefined;
  #longName: ByteName | undefined;
  #longLink: ByteName | undefined;
  #zeroBlocks = 0;
  #headerEnds = 0;
  #bytes = 0;
  #membersEnd: number | undefined;

  constructor(listener: TarListener) {
    this.#listener = listener;
  }

  /** Takes the next bytes. Throws TarFormatError, or what the listener throws. */
  push(chunk: Buffer): void {
    let data = chunk;
    this.#bytes += chunk.length;
    while (data.length > 0) {
      if (this.#contentLeft > 0) {
        const piece = data.subarray(0, this.#contentLeft);
        data = data.subarray(piece.length);
        this.#contentLeft -= piece.length;
        this.#take(piece);
      } else if (this.#paddingLeft > 0) {
        const length = Math.min(this.#paddingLeft, data.length);
        this.#paddingLeft -= length;
        data = data.subarray(length);
      } else {
        const needed = BLOCK - this.#partial.length;
        if (data.length < needed) {
          this.#partial = Buffer.concat([this.#partial, data]);
          return;
        }
        const block =
          this.#partial.length === 0
            ? data.subarray(0, BLOCK)
            : Buffer.concat([this.#partial, data.subarray(0, needed)]);
        data = data.subarray(needed);
        this.#partial = Buffer.alloc(0);
        this.#headerEnds = this.#bytes - data.length;
        this.#header(block);
      }
    }
  }

  /** Where the last member ends and the zeros begin, in bytes; undefined as long as they have not come. */
  get membersEnd(): number | undefined {
    return this.#membersEnd;
  }

  /** To be called after the last bytes: throws TarFormatError if the archive is cut short. */
  end(): void {
    if (this.#contentLeft > 0 || this.#paddingLeft > 0 || this.#partial.length > 0 || this.#zeroBlocks < 2) {
      throw new TarFormatError('it is cut short');
    }
  }

  #header(block: Buffer): void {
    if (isZero(block)) {
      this.#membersEnd ??= this.#headerEnds - BLOCK;
      this.#zeroBlocks += 1;
      if (this.#isExtended()) throw new TarFormatError('an extended header has no member');
      return;
    }
    if (this.#zeroBlocks > 0) throw new TarFormatError('there is data after its end');
    const header = parseHeader(block);
    if (header === undefined) throw new TarFormatError('a header is damaged');
    if (header.flag === 'x' || header.flag === 'L' || header.flag === 'K')
      this.#startExtension(header, header.flag);
    else this.#startMember(header);
  }

  #startExtension(header: TarHeader, kind: 'x' | 'L' | 'K'): void {
    const most = kind === 'x' ? MOST_EXTENDED_HEADER : MOST_LONG_NAME;
    const before = { x: this.#extended, L: this.#longName, K: this.#longLink }[kind];
    if (before !== undefined || header.size > most || header.size === 0) {
      throw new TarFormatError('an extended header is repeated, empty or too long');
    }
    this.#begin({ kind, pieces: [] }, header.size);
  }

  #startMember(header: TarHeader): void {
    const type = TYPES[header.flag];
    const extended = this.#extended;
    const name = trimSlash(extended?.get('path')?.toString('latin1') ?? this.#longName ?? header.name);
    if (type === undefined) {
      throw new TarFormatError(`member ${shownName(name)} is of an unknown type "${shownName(header.flag)}"`);
    }
    const declared = size(extended?.get('size')) ?? header.size;
    // Links and devices have no content; GNU tar would skip what a size other than zero announces for them.
    if (type !== 'file' && declared !== 0)
      throw new TarFormatError(`member ${shownName(name)} has content but is no file`);
    const isLink = type === 'symlink' || type === 'hardlink';
    const linkName = isLink
      ? (extended?.get('linkpath')?.toString('latin1') ?? this.#longLink ?? header.linkName)
      : '';
    if (name.includes('\0') || linkName.includes('\0'))
      throw new TarFormatError(`member ${shownName(name)} has a NUL byte in its name`);
    this.#extended = undefined;
    this.#longName = undefined;
    this.#longLink = undefined;
    const { mode, uid, gid } = header;
    const member = { name, type, linkName, size: declared, mode, uid, gid };
    this.#listener.member(member);
    if (type === 'file') this.#begin({ kind: 'content', member }, declared);
  }

  #isExtended(): boolean {
    return this.#extended !== undefined || this.#longName !== undefined || this.#longLink !== undefined;
  }

  #begin(current: Passing, length: number): void {
    this.#current = current;
    this.#contentLeft = length;
    this.#paddingLeft = (BLOCK - (length % BLOCK)) % BLOCK;
    if (length === 0) this.#complete();
  }

  #take(piece: Buffer): void {
    const current = this.#current;
    if (current?.kind === 'content') this.#listener.content?.(current.member, piece);
    else if (current !== undefined) current.pieces.push(Buffer.from(piece));
    if (this.#contentLeft === 0) this.#complete();
  }

  #complete(): void {
    const done = this.#current;
    this.#current = undefined;
    if (done === undefined) return;
    if (done.kind === 'content') {
      this.#listener.contentEnd?.(done.member);
      return;
    }
    const data = Buffer.concat(done.pieces);
    if (done.kind === 'x') {
      const records = parsePaxRecords(data);
      if (records === undefined) throw new TarFormatError('an extended header is damaged');
      for (const key of records.keys()) {
        if (!HARMLESS_KEY.test(key) && key !== 'path' && key !== 'linkpath' && key !== 'size') {
          throw new TarFormatError(`an extended header has the unknown key "${shownName(key)}"`);
        }
      }
      this.#extended = records;
      return;
    }
    const name = data.toString('latin1').replace(/\0$/, '');
    if (done.kind === 'L') this.#longName = name;
    else this.#longLink = name;
  }
}

function isZero(block: Buffer): boolean {
  return block.equals(ZEROS);
}

function trimSlash(name: string): string {
  return name.length > 1 && name.endsWith('/') ? name.slice(0, -1) : name;
}

function size(record: Buffer | undefined): number | undefined {
  if (record === undefined) return undefined;
  const text = record.toString('latin1');
  if (!/^\d{1,15}$/.test(text)) throw new TarFormatError('an extended header has a size that is no number');
  return Number(text);
}
