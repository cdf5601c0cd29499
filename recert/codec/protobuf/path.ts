import { CodecError } from '../codec-error.ts';

/** Which occurrences of a field, or which entries of a map field, a step means. */
export type Selector =
  | { readonly by: 'field' }
  | { readonly by: 'index'; readonly index: number }
  | { readonly by: 'every-occurrence' }
  | { readonly by: 'key'; readonly key: string }
  | { readonly by: 'every-value' };

export interface ProtobufStep {
  readonly number: number;
  readonly select: Selector;
}

export interface ProtobufPath {
  /** Whether the bytes begin with the `k8s\0` envelope; the first step is then a field of `runtime.Unknown`. */
  readonly envelope: boolean;
  readonly steps: readonly ProtobufStep[];
}

/** The fields of `runtime.Unknown` by name. */
export const ENVELOPE_FIELDS = { typeMeta: 1, raw: 2, contentEncoding: 3, contentType: 4 } as const;

const STEP = /(?:^|\.)(?:(\d{1,9})|([a-zA-Z]+))(?:\[(\d{1,9}|\*)\]|\{("(?:[^"\\]|\\.)*"|[^{}"]*)\})?/y;

/**
 * Reads a path such as `raw.2{tls.crt}` or `raw.2[*].2.2`.
 *
 * @throws CodecError `invalid-path`
 */
export function parseProtobufPath(text: string): ProtobufPath {
  const steps: ProtobufStep[] = [];
  let envelope = false;
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (match === null) throw invalidPath(text);
    const [, digits, name, index, key] = match;
    if (name !== undefined) {
      if (steps.length > 0 || !Object.hasOwn(ENVELOPE_FIELDS, name)) throw invalidPath(text);
      envelope = true;
    }
    const number =
      digits === undefined ? ENVELOPE_FIELDS[name as keyof typeof ENVELOPE_FIELDS] : Number(digits);
    steps.push({ number, select: parseSelector(text, index, key) });
  }
  if (steps.length === 0) throw invalidPath(text);
  return { envelope, steps };
}

/** What stands in brackets or braces behind a field. @throws CodecError `invalid-path` */
export function parseSelector(text: string, index: string | undefined, key: string | undefined): Selector {
  if (index !== undefined)
    return index === '*' ? { by: 'every-occurrence' } : { by: 'index', index: Number(index) };
  if (key === undefined) return { by: 'field' };
  if (key === '*') return { by: 'every-value' };
  if (!key.startsWith('"')) return { by: 'key', key };
  try {
    return { by: 'key', key: JSON.parse(key) as string };
  } catch {
    throw invalidPath(text);
  }
}

/** A step as text; the reverse of {@link parseProtobufPath} when joined by dots. */
export function printProtobufStep(step: ProtobufStep): string {
  return `${step.number}${printSelector(step.select)}`;
}

/** The part of a step that is not the field. */
export function printSelector(select: Selector): string {
  switch (select.by) {
    case 'field':
      return '';
    case 'index':
      return `[${select.index}]`;
    case 'every-occurrence':
      return '[*]';
    case 'every-value':
      return '{*}';
    case 'key':
      return `{${/^[^{}"*][^{}"]*$/.test(select.key) ? select.key : JSON.stringify(select.key)}}`;
  }
}

/** A path as text; the reverse of {@link parseProtobufPath}. */
export function printProtobufPath(path: ProtobufPath): string {
  return path.steps
    .map((step, i) => {
      const name = Object.entries(ENVELOPE_FIELDS).find(([, number]) => number === step.number)?.[0];
      if (i > 0 || !path.envelope || name === undefined) return printProtobufStep(step);
      return `${name}${printSelector(step.select)}`;
    })
    .join('.');
}

function invalidPath(text: string): CodecError {
  return new CodecError('invalid-path', 'the path cannot be read', { format: 'protobuf', path: text });
}
