import { constants, gzipSync } from 'node:zlib';

export interface DataUrl {
  readonly source: string;
  /** What to write as `compression`: `gzip`, or empty text to stop a child config from inheriting one; undefined to leave it. */
  readonly compression: string | undefined;
}

/** The shortest data URL of some bytes: percent-encoded, base64, or compressed where that is allowed and pays. */
export function dataUrl(bytes: Uint8Array, given: string | undefined, autoCompression: boolean): DataUrl {
  let best = `,${percentEncoded(bytes)}`;
  const base64 = `;base64,${Buffer.from(bytes).toString('base64')}`;
  if (base64.length < best.length) best = base64;
  if (given !== undefined && given !== '') return { source: `data:${best}`, compression: undefined };
  // A gzip stream of nothing is longer than any of the above can be for so few bytes.
  if (autoCompression && best.length > 40) {
    const packed = `;base64,${gzip(bytes).toString('base64')}`;
    if (packed.length + 'gzip'.length < best.length) return { source: `data:${packed}`, compression: 'gzip' };
  }
  return { source: `data:${best}`, compression: '' };
}

/** fcos 1.0: percent-encoding only. */
export function plainDataUrl(bytes: Uint8Array): string {
  return `data:,${percentEncoded(bytes)}`;
}

const LITERAL = new Set(
  Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()"),
);
const ENCODED = Array.from({ length: 256 }, (_, byte) =>
  LITERAL.has(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
);

function percentEncoded(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += ENCODED[byte];
  return text;
}

/** With the header that Go writes: no time, best compression, unknown system. */
function gzip(bytes: Uint8Array): Buffer {
  const packed = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
  packed.fill(0, 4, 8);
  packed[8] = 2;
  packed[9] = 255;
  return packed;
}
