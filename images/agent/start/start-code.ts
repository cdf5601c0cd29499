import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** Marks the place in start.c that says where the libraries lie: `struct payload`. */
const MAGIC = 'lca-start-here!\0';
const NAME_LENGTH = 32;
const INTERPRETER_LENGTH = 64;
const MOST_LIBRARIES = 3;

export interface CarriedLibrary {
  /** `libatomic.so.1` */
  readonly name: string;
  /** Where it lies in the executable. */
  readonly offset: number;
  readonly size: number;
}

export interface Payload {
  /** Address at which Node itself starts. */
  readonly entry: bigint;
  /** Address of the program headers that the dynamic loader should see, and how many there are. */
  readonly headers: number;
  readonly headerCount: number;
  /** Path of the dynamic loader. */
  readonly interpreter: string;
  readonly libraries: readonly CarriedLibrary[];
}

/** Compiles start.c to bare machine code that runs at any address, beginning with its first byte. */
export async function compileStart(work: string): Promise<Buffer> {
  const elf = join(work, 'start.elf');
  const flags =
    '-Os -Wall -Wextra -Werror -fPIE -ffreestanding -nostdlib -static -fcf-protection=none -fno-stack-protector ' +
    '-fno-asynchronous-unwind-tables -Wl,-T,start.ld -Wl,--build-id=none -Wl,--no-warn-rwx-segments';
  await execa('gcc', [...flags.split(' '), '-o', elf, 'start.c'], { cwd: import.meta.dirname });
  const code = join(work, 'start.bin');
  await execa('objcopy', ['-O', 'binary', elf, code]);
  return readFile(code);
}

/** The code with its `struct payload` filled in. */
export function withPayload(
  code: Buffer,
  { entry, headers, headerCount, interpreter, libraries }: Payload,
): Buffer {
  const filled = Buffer.from(code);
  let at = filled.indexOf(MAGIC);
  if (at === -1) throw new Error('start.c has no payload to fill in.');
  if (libraries.length > MOST_LIBRARIES)
    throw new Error(`start.c can carry ${MOST_LIBRARIES} libraries at most.`);
  at = filled.writeBigUInt64LE(entry, at + MAGIC.length);
  at = filled.writeBigUInt64LE(BigInt(headers), at);
  at = filled.writeBigUInt64LE(BigInt(headerCount), at);
  at = writeName(filled, interpreter, at, INTERPRETER_LENGTH);
  for (const { name, offset, size } of libraries) {
    at = writeName(filled, name, at, NAME_LENGTH);
    at = filled.writeBigUInt64LE(BigInt(offset), at);
    at = filled.writeBigUInt64LE(BigInt(size), at);
  }
  return filled;
}

function writeName(to: Buffer, name: string, at: number, length: number): number {
  if (Buffer.byteLength(name) >= length) throw new Error(`"${name}" is too long a name for start.c.`);
  to.fill(0, at, at + length).write(name, at);
  return at + length;
}
