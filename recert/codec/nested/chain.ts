import { LENS, type LensName } from './lens.ts';

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
