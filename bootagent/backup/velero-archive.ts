const BLOCK = 512;
const LONGEST_NAME = 100;

/** The end of an archive: two empty blocks. */
export const TAR_END: Uint8Array = Buffer.alloc(2 * BLOCK);

/**
 * An entry of a tar archive as Velero writes them: a regular file with mode 0755 (POSIX ustar; a name of more than 100
 * bytes in an extended header).
 */
export function fileEntry(name: string, content: Uint8Array, modified: Date): Uint8Array {
  const bytes = Buffer.from(name);
  if (bytes.length <= LONGEST_NAME) return entry(name, '0', content, modified);
  const record = extendedRecord('path', name);
  return Buffer.concat([
    entry('././@PaxHeader', 'x', Buffer.from(record), modified),
    entry(
      bytes
        .subarray(0, LONGEST_NAME)
        .toString('latin1')
        .replaceAll(/[^ -~]/g, '_'),
      '0',
      content,
      modified,
    ),
  ]);
}

function entry(name: string, flag: string, content: Uint8Array, modified: Date): Uint8Array {
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([header(name, flag, content.length, modified), content, padding]);
}

function header(name: string, flag: string, size: number, modified: Date): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write(name, 0);
  block.write(octal(0o755, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(Math.floor(modified.getTime() / 1000), 11), 136);
  block.write(' '.repeat(8), 148);
  block.write(flag, 156);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function extendedRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}
