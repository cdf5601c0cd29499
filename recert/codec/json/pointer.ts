import { CodecError, type CodecFormat } from '../codec-error.ts';

/**
 * The segments of a JSON pointer (RFC 6901); in patterns `*` stands for every segment.
 *
 * @throws CodecError `invalid-path`
 */
export function parsePointer(pointer: string, format: CodecFormat): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) {
    throw new CodecError('invalid-path', 'the text is no JSON pointer', { format, path: pointer });
  }
  return pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A JSON pointer from segments. */
export function printPointer(segments: readonly string[]): string {
  return segments.map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The array index a segment names; undefined when it names none. */
export function arrayIndex(segment: string): number | undefined {
  return /^(0|[1-9]\d{0,8})$/.test(segment) ? Number(segment) : undefined;
}
