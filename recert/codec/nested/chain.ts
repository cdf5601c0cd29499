import { CodecError } from '../codec-error.ts';
import { LENS, LENSES, type LensName, type PartEdit } from './lens.ts';

/** One step from a container to what it holds. */
export interface LensStep {
  readonly lens: LensName;
  /** Path, pointer or index; empty where a container holds one thing (data-url, gzip, a text that is all base64). */
  readonly at: string;
}

/** New bytes for what a chain of steps leads to: a PEM block's DER, a token's text, a string's or field's content. */
export interface ChainEdit {
  readonly steps: readonly LensStep[];
  readonly bytes: Uint8Array;
  /** A new label, when the last step is a PEM block. */
  readonly label?: string;
}

/**
 * What a chain of steps leads to; the container itself for no steps.
 *
 * @throws CodecError of the lens that fails
 */
export function readAt(container: Uint8Array, steps: readonly LensStep[]): Uint8Array {
  return steps.reduce((bytes, { lens, at }) => LENS[lens].open(bytes)(at), container);
}

/**
 * What each of many chains leads to, in their order; every container on the way is parsed once.
 *
 * @throws CodecError of the lens that fails
 */
export function readAll(
  container: Uint8Array,
  chains: readonly (readonly LensStep[])[],
): readonly Uint8Array[] {
  const results = Array.from<Uint8Array>({ length: chains.length });
  const open = (bytes: Uint8Array, depth: number, indices: readonly number[]): void => {
    const isAtEnd = (index: number): boolean => chains[index]?.length === depth;
    for (const index of indices.filter(isAtEnd)) results[index] = bytes;
    const further = indices.filter((index) => !isAtEnd(index));
    const stepOf = (index: number): LensStep => chains[index]?.[depth] as LensStep;
    for (const [lens, ofLens] of Map.groupBy(further, (index) => stepOf(index).lens)) {
      const read = LENS[lens].open(bytes);
      for (const [at, ofPart] of Map.groupBy(ofLens, (index) => stepOf(index).at)) {
        open(read(at), depth + 1, ofPart);
      }
    }
  };
  open(container, 0, [...chains.keys()]);
  return results;
}

/** {@link writeAll} for one edit. */
export function writeAt(container: Uint8Array, steps: readonly LensStep[], bytes: Uint8Array): Uint8Array {
  return writeAll(container, [{ steps, bytes }]);
}

/**
 * Writes all edits into a container, in whatever order they come; each container on the way is read and written once.
 * Edits may share any part of their ways; none may lead to what another one replaces whole.
 *
 * @throws CodecError `overlap`, or of the lens that fails
 */
export function writeAll(container: Uint8Array, edits: readonly ChainEdit[]): Uint8Array {
  const whole = edits.find(({ steps }) => steps.length === 0);
  if (whole !== undefined) {
    if (edits.length > 1) throw overlap(edits);
    return whole.bytes;
  }
  let result = container;
  const byLens = Map.groupBy(edits, ({ steps }) => (steps[0] as LensStep).lens);
  for (const name of IN_TEXT_FIRST) {
    const ofLens = byLens.get(name);
    if (ofLens === undefined) continue;
    let read: ((at: string) => Uint8Array) | undefined;
    const byPart = Map.groupBy(ofLens, ({ steps }) => (steps[0] as LensStep).at);
    const parts = [...byPart].map(([at, ofPart]) =>
      partEdit(at, ofPart, () => (read ??= LENS[name].open(result))(at)),
    );
    result = LENS[name].put(result, parts);
  }
  return result;
}

/**
 * What is counted over a text goes before strings of that same text, whose edits might change the count, and base64
 * before blocks, whose lines are counted as base64 too.
 */
const IN_TEXT: readonly LensName[] = ['base64', 'pem', 'jwt'];
const IN_TEXT_FIRST: readonly LensName[] = [...IN_TEXT, ...LENSES.filter((name) => !IN_TEXT.includes(name))];

function partEdit(at: string, edits: readonly ChainEdit[], read: () => Uint8Array): PartEdit {
  const inner = edits.map((edit) => ({ ...edit, steps: edit.steps.slice(1) }));
  const [first] = inner;
  if (first !== undefined && first.steps.length === 0) {
    if (inner.length > 1) throw overlap(edits);
    const { bytes, label } = first;
    return label === undefined ? { at, bytes } : { at, bytes, label };
  }
  return { at, bytes: writeAll(read(), inner) };
}

function overlap(edits: readonly ChainEdit[]): CodecError {
  const path = printSteps(edits[0]?.steps ?? []);
  return new CodecError('overlap', 'two edits mean the same bytes', { format: 'location', path });
}

/** Steps as text: `protobuf raw.2{tls.crt} | pem 0`. */
export function printSteps(steps: readonly LensStep[]): string {
  return steps.map(({ lens, at }) => (at === '' ? lens : `${lens} ${escape(at)}`)).join(' | ');
}

/** Keeps ` | ` and line breaks out of a part of a location. */
export function escape(text: string): string {
  return text.replaceAll(
    /[%|\0-\x1f]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
