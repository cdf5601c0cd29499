import { crc32, deflateRawSync, gunzipSync } from 'node:zlib';
import { CodecError } from '../codec-error.ts';
import { concatBytes, equalBytes } from '../splice.ts';

/** More than any file of a MachineConfig or Secret unpacks to; a bomb ends here. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Whether bytes begin like a gzip member with deflate (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** @throws CodecError `malformed`, also when the content is larger than 64 MiB */
export function unpackGzip(bytes: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(gunzipSync(bytes, { maxOutputLength: MOST_BYTES }));
  } catch (cause) {
    throw new CodecError('malformed', 'the data cannot be unpacked', { format: 'gzip', cause });
  }
}

/** New content under the old member's header (name, time, system); the same content gives the same bytes. */
export function repackGzip(old: Uint8Array, content: Uint8Array): Uint8Array {
  if (equalBytes(unpackGzip(old), content)) return old;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length % 2 ** 32, 4);
  return concatBytes([old.subarray(0, headerEnd(old)), deflateRawSync(content, { level: 9 }), trailer]);
}

function headerEnd(bytes: Uint8Array): number {
  const flags = bytes[3] ?? 0;
  let at = 10;
  if (flags & 4) at += 2 + (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256;
  for (const flag of [8, 16]) {
    if (flags & flag) at = bytes.indexOf(0, at) + 1;
  }
  return flags & 2 ? at + 2 : at;
}
