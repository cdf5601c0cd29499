import { CodecError } from '../codec-error.ts';
import { equalBytes } from '../splice.ts';
import { latin1 } from '../text.ts';
import { type ChainEdit, type LensStep, printSteps } from './chain.ts';
import type { SeenTexts } from './discovery.ts';
import { LENS, LENSES, type LensName, type PartEdit } from './lens.ts';

/** How {@link writeAll} is to go about it. */
export interface WriteOptions {
  /** Has every container on the way prove that nothing else of it changed: with its old parts put back it is the old one. */
  readonly isProved?: boolean;
  /** Parts that other containers hold too, and what became of them: for calls with the same `isProved`. */
  readonly seen?: SeenTexts<Uint8Array>;
}

/** {@link writeAll} for one edit. */
export function writeAt(container: Uint8Array, steps: readonly LensStep[], bytes: Uint8Array): Uint8Array {
  return writeAll(container, [{ steps, bytes }]);
}

/**
 * Writes all edits into a container, in whatever order they come; each container on the way is read and written once.
 * Edits may share any part of their ways; none may lead to what another one replaces whole.
 *
 * @throws CodecError `overlap`, `irreversible`, or of the lens that fails
 */
export function writeAll(
  container: Uint8Array,
  edits: readonly ChainEdit[],
  { isProved = false, seen }: WriteOptions = {},
): Uint8Array {
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
    const before = result;
    let open: ((at: string) => Uint8Array) | undefined;
    const read = (at: string): Uint8Array => (open ??= LENS[name].open(before))(at);
    const old: PartEdit[] = [];
    const parts: PartEdit[] = [];
    for (const [at, ofPart] of Map.groupBy(ofLens, ({ steps }) => (steps[0] as LensStep).at)) {
      const part = partEdit(at, ofPart, () => read(at), {
        isProved,
        ...(seen === undefined ? {} : { seen }),
      });
      parts.push(part);
      if (isProved) old.push({ at, bytes: read(at) });
    }
    result = LENS[name].put(before, parts);
    if (isProved && !equalBytes(LENS[name].put(result, old), before)) throw irreversible(edits);
  }
  return result;
}

/**
 * What is counted over a text goes before strings of that same text, whose edits might change the count, and base64
 * before blocks, whose lines are counted as base64 too.
 */
const IN_TEXT: readonly LensName[] = ['base64', 'pem', 'jwt'];
const IN_TEXT_FIRST: readonly LensName[] = [...IN_TEXT, ...LENSES.filter((name) => !IN_TEXT.includes(name))];

function partEdit(
  at: string,
  edits: readonly ChainEdit[],
  read: () => Uint8Array,
  { isProved = false, seen }: WriteOptions,
): PartEdit {
  const inner = edits.map((edit) => ({ ...edit, steps: edit.steps.slice(1) }));
  const [first] = inner;
  if (first !== undefined && first.steps.length === 0) {
    if (inner.length > 1) throw overlap(edits);
    const { bytes, label } = first;
    return label === undefined ? { at, bytes } : { at, bytes, label };
  }
  const part = read();
  const write = (): Uint8Array => writeAll(part, inner, { isProved });
  return { at, bytes: seen === undefined ? write() : seen.remember(latin1(part), write, nameEdits(inner)) };
}

const names = new WeakMap<Uint8Array, number>();
let named = 0;

/** Tells edits apart: by their ways, and by which bytes they bring, not by what these are. */
function nameEdits(edits: readonly ChainEdit[]): string {
  return edits
    .map(({ steps, bytes, label = '' }) => {
      let name = names.get(bytes);
      if (name === undefined) {
        named += 1;
        name = named;
        names.set(bytes, name);
      }
      return `${printSteps(steps)} = ${name} ${label}\0`;
    })
    .join('');
}

function overlap(edits: readonly ChainEdit[]): CodecError {
  const path = printSteps(edits[0]?.steps ?? []);
  return new CodecError('overlap', 'two edits mean the same bytes', { format: 'location', path });
}

function irreversible(edits: readonly ChainEdit[]): CodecError {
  const path = printSteps(edits[0]?.steps ?? []);
  return new CodecError('irreversible', 'more would change than the parts that are written', {
    format: 'location',
    path,
  });
}
