import { CodecError, type CodecFormat } from './codec-error.ts';

/** A stretch of bytes or of a string; `end` is the first position after it. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Splice<Content> extends Range {
  readonly replacement: Content;
}

/**
 * Replaces ranges of a string; all offsets are those of the original.
 *
 * @throws CodecError `overlap`
 */
export function spliceText(text: string, splices: readonly Splice<string>[], format: CodecFormat): string {
  const parts: string[] = [];
  let at = 0;
  for (const splice of inOrder(splices, format)) {
    parts.push(text.slice(at, splice.start), splice.replacement);
    at = splice.end;
  }
  parts.push(text.slice(at));
  return parts.join('');
}

/**
 * Replaces ranges of bytes; all offsets are those of the original.
 *
 * @throws CodecError `overlap`
 */
export function spliceBytes(
  bytes: Uint8Array,
  splices: readonly Splice<Uint8Array>[],
  format: CodecFormat,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const splice of inOrder(splices, format)) {
    parts.push(bytes.subarray(at, splice.start), splice.replacement);
    at = splice.end;
  }
  parts.push(bytes.subarray(at));
  return concatBytes(parts);
}

/** Sorted by start; insertions (empty ranges) at one place keep their order and come before a replacement there. */
function inOrder<Content>(
  splices: readonly Splice<Content>[],
  format: CodecFormat,
): readonly Splice<Content>[] {
  const sorted = splices.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let end = 0;
  for (const splice of sorted) {
    if (splice.start < end) {
      throw new CodecError('overlap', 'two edits touch the same place', { format, offset: splice.start });
    }
    end = splice.end;
  }
  return sorted;
}

/** All parts in one new array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Whether two byte strings are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
