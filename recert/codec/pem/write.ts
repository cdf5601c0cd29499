import { CodecError } from '../codec-error.ts';
import { equalBytes, type Splice, spliceText } from '../splice.ts';
import type { PemBlock } from './block.ts';
import { parsePem, scanPem } from './scan.ts';

export interface PemLayout {
  readonly lineWidth?: number;
  readonly newline?: '\n' | '\r\n';
  readonly indent?: string;
}

/** New content for the block of that index; the label stays unless given. */
export interface PemEdit {
  readonly index: number;
  readonly der: Uint8Array;
  readonly label?: string;
}

/** A PEM block as text, ending in a newline; 64 columns unless told otherwise (RFC 7468 §3). */
export function encodePem(label: string, der: Uint8Array, layout: PemLayout = {}): string {
  const { newline = '\n', indent = '' } = layout;
  const lines = [
    `-----BEGIN ${label}-----`,
    ...bodyLines(der, layout.lineWidth ?? 64),
    `-----END ${label}-----`,
  ];
  return lines.map((line) => `${indent}${line}${newline}`).join('');
}

/**
 * Puts new content into blocks of a text, each laid out like the old block (line width, line endings, indentation);
 * everything outside them stays. A block given its own content and label stays as it is to the last character.
 *
 * Malformed neighbours are left alone; indexes count the well-formed blocks only.
 *
 * @throws CodecError `not-found`, `invalid-value` when new content would go under a block's encryption headers
 */
export function replacePemBlocks(text: string, edits: readonly PemEdit[]): string {
  const { blocks } = scanPem(text);
  const splices = edits.flatMap((edit): readonly Splice<string>[] => {
    const block = blocks[edit.index];
    if (block === undefined) {
      throw new CodecError('not-found', `there is no block ${edit.index}`, {
        format: 'PEM',
        path: `block ${edit.index}`,
      });
    }
    const label = edit.label ?? block.label;
    if (label === block.label && equalBytes(edit.der, block.der)) return [];
    if (block.headers.length > 0) {
      throw new CodecError(
        'invalid-value',
        'a block with headers (an encrypted key) cannot take new content',
        {
          format: 'PEM',
          path: `line ${block.line}`,
          offset: block.range.start,
        },
      );
    }
    return [{ ...block.range, replacement: layOutLike(block, label, edit.der) }];
  });
  return spliceText(text, splices, 'PEM');
}

/** The only block of a text. @throws CodecError `malformed`, `ambiguous`, `not-found` */
export function singlePemBlock(text: string): PemBlock {
  const blocks = parsePem(text);
  const [block] = blocks;
  if (block === undefined) throw new CodecError('not-found', 'there is no PEM block', { format: 'PEM' });
  if (blocks.length > 1) throw new CodecError('ambiguous', 'there are several PEM blocks', { format: 'PEM' });
  return block;
}

function layOutLike(block: PemBlock, label: string, der: Uint8Array): string {
  const { newline, indent, lineWidth } = block;
  const between = `${newline}${indent}`;
  return [
    `-----BEGIN ${label}-----`,
    ...bodyLines(der, bodyWidth(block, lineWidth)),
    `-----END ${label}-----`,
  ].join(between);
}

/** A block on one line says nothing about where longer ones would break: 64 columns, or never if it was longer. */
function bodyWidth(block: PemBlock, lineWidth: number): number {
  const characters = Math.ceil(block.der.length / 3) * 4;
  if (lineWidth < characters) return lineWidth;
  return lineWidth <= 64 ? 64 : Number.POSITIVE_INFINITY;
}

function bodyLines(der: Uint8Array, width: number): readonly string[] {
  const text = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += width) lines.push(text.slice(at, at + width));
  return lines;
}
