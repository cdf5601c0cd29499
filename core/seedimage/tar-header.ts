/** One 512-byte header of a tar archive, and the records of an extended header (POSIX pax, GNU tar manual). */

export const BLOCK = 512;

/** Member names are kept as the bytes they are, one character a byte (`latin1`): not every name is UTF-8. */
export type ByteName = string;

export interface TarHeader {
  readonly name: ByteName;
  readonly linkName: ByteName;
  /** The type flag as its character. */
  readonly flag: string;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A name as people read it: UTF-8 where it is, with control characters made visible. */
export function shownName(name: ByteName): string {
  return JSON.stringify(Buffer.from(name, 'latin1').toString('utf8')).slice(1, -1);
}

/**
 * Reads a header block. Only what POSIX and GNU tar write today is understood.
 *
 * @returns undefined if it is no valid header: checksum, magic or a number is wrong
 */
export function parseHeader(block: Buffer): TarHeader | undefined {
  const magic = block.toString('latin1', 257, 265);
  if (magic !== 'ustar\u000000' && magic !== 'ustar  \0') return undefined;
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i] as number;
  const numbers = [
    [148, 8],
    [124, 12],
    [100, 8],
    [108, 8],
    [116, 8],
  ].map(([at, length]) => number(block.subarray(at as number, (at as number) + (length as number))));
  const [checksum, size, mode, uid, gid] = numbers;
  if (
    checksum !== sum ||
    size === undefined ||
    mode === undefined ||
    uid === undefined ||
    gid === undefined
  ) {
    return undefined;
  }
  const isPosix = magic === 'ustar\u000000';
  const prefix = isPosix ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: text(block, 157, 100),
    flag: String.fromCharCode(block[156] as number),
    size,
    mode: mode & 0o7777,
    uid,
    gid,
  };
}

/** The records of an extended header: `<length> <key>=<value>\n` each. Undefined if they do not add up. */
export function parsePaxRecords(data: Buffer): ReadonlyMap<string, Buffer> | undefined {
  const records = new Map<string, Buffer>();
  let at = 0;
  while (at < data.length) {
    const space = data.indexOf(0x20, at);
    const digits = space < 0 ? '' : data.toString('latin1', at, space);
    const length = Number(digits);
    if (!/^[1-9]\d{0,9}$/.test(digits) || at + length > data.length || data[at + length - 1] !== 0x0a)
      return undefined;
    const equals = data.indexOf(0x3d, space + 1);
    if (equals < 0 || equals >= at + length) return undefined;
    const key = data.toString('latin1', space + 1, equals);
    if (records.has(key)) return undefined;
    records.set(key, data.subarray(equals + 1, at + length - 1));
    at += length;
  }
  return records;
}

function text(block: Buffer, at: number, length: number): ByteName {
  const end = block.indexOf(0, at);
  return block.toString('latin1', at, end < 0 || end > at + length ? at + length : end);
}

/** Octal digits, or GNU's big-endian binary for numbers that do not fit. */
function number(field: Buffer): number | undefined {
  if (field[0] === 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .replace(/^ +/, '');
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}
