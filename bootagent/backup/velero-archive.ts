import { gzipSync } from 'node:zlib';

const BLOCK = 512;
const FORMAT_VERSION = '1.1.0';

/** An archive of resources with none in it, as Velero writes and reads it (backup-restore.md 3.3). */
export function emptyResourceArchive(now: Date): Uint8Array {
  const content = Buffer.from(`${FORMAT_VERSION}\n`);
  const padding = Buffer.alloc(BLOCK - (content.length % BLOCK));
  const end = Buffer.alloc(2 * BLOCK);
  return gzipSync(
    Buffer.concat([fileHeader('metadata/version', content.length, now), content, padding, end]),
  );
}

/** A header of a regular file with mode 0755 (POSIX ustar); the name has at most 100 bytes. */
function fileHeader(name: string, size: number, modified: Date): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write(name, 0);
  block.write(octal(0o755, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(Math.floor(modified.getTime() / 1000), 11), 136);
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
