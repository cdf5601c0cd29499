/** The parts of an ELF file's program headers (elf(5), 64-bit little-endian) that are read and changed here. */
export interface ProgramHeader {
  /** Where the header itself lies in the file. */
  readonly at: number;
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

export const PT_LOAD = 1;
export const PT_INTERP = 3;
export const PT_PHDR = 6;
const PF_READ = 4;
const PF_READ_EXECUTE = 5;
const ET_EXEC = 2;
const EM_X86_64 = 62;
const TYPE_AT = 16;
const MACHINE_AT = 18;
const ENTRY_AT = 24;

/** A program header as it lies in the file. */
export const HEADER_SIZE = 56;

/** The program headers of an x86-64 executable that runs at a fixed address; throws for any other file. */
export function programHeaders(file: Buffer): readonly ProgramHeader[] {
  const is64BitElf = file.toString('latin1', 0, 6) === '\x7fELF\x02\x01';
  if (!is64BitElf || file.readUInt16LE(TYPE_AT) !== ET_EXEC || file.readUInt16LE(MACHINE_AT) !== EM_X86_64) {
    throw new Error('This is no x86-64 executable that runs at a fixed address.');
  }
  const first = Number(file.readBigUInt64LE(32));
  const size = HEADER_SIZE;
  return Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
    const at = first + index * size;
    const field = (offset: number): number => Number(file.readBigUInt64LE(at + offset));
    return {
      at,
      type: file.readUInt32LE(at),
      offset: field(8),
      address: field(16),
      fileSize: field(32),
      memorySize: field(40),
    };
  });
}

export function entryOf(file: Buffer): bigint {
  return file.readBigUInt64LE(ENTRY_AT);
}

export function setEntry(file: Buffer, address: number): void {
  file.writeBigUInt64LE(BigInt(address), ENTRY_AT);
}

/** Writes a program header that loads code, or (`PT_PHDR`) tells where the program headers are. */
export function writeHeader(
  file: Buffer,
  at: number,
  type: number,
  offset: number,
  address: number,
  size: number,
): void {
  file.writeUInt32LE(type, at);
  file.writeUInt32LE(type === PT_LOAD ? PF_READ_EXECUTE : PF_READ, at + 4);
  for (const [field, value] of [
    offset,
    address,
    address,
    size,
    size,
    type === PT_LOAD ? 4096 : 8,
  ].entries()) {
    file.writeBigUInt64LE(BigInt(value), at + 8 + field * 8);
  }
}
