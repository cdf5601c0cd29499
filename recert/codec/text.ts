import { CodecError } from './codec-error.ts';

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Bytes as text; a byte order mark is kept, so that `fromUtf8` gives back the same bytes.
 *
 * @throws CodecError `not-utf8`
 */
export function utf8(bytes: Uint8Array): string {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch (cause) {
    throw new CodecError('not-utf8', 'the bytes are not text', { format: 'UTF-8', cause });
  }
}

/** Text as UTF-8 bytes. */
export function fromUtf8(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf8'));
}

/** Any bytes as a string of the same length, one character a byte: string offsets are byte offsets. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The bytes behind {@link latin1}; only the low eight bits of each character count. */
export function fromLatin1(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}
