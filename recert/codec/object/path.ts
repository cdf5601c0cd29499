import { CodecError } from '../codec-error.ts';
import { printPointer } from '../json/index.ts';
import {
  type FieldShape,
  type FieldType,
  INLINE,
  type MessageShape,
  messageOfType,
} from '../protobuf/kinds/index.ts';
import { type ProtobufStep, parseSelector, printSelector, type Selector } from '../protobuf/path.ts';

/** One step of a named path such as `webhooks[*].clientConfig.caBundle`. */
export interface NamedStep {
  readonly name: string;
  readonly select: Selector;
}

/** A named path resolved by the tables: the numbers below `raw`, and what each named step ends in. */
export interface NumberedPath {
  readonly steps: readonly ProtobufStep[];
  /** For each named step the index of its protobuf step; fields that JSON leaves out lie between. */
  readonly indexes: readonly number[];
  readonly shapes: readonly FieldShape[];
}

const STEP = /(?:^|\.)([\w$-]+)(?:\[(\d{1,9}|\*)\]|\{("(?:[^"\\]|\\.)*"|[^{}"]*)\})?/y;

/**
 * Reads a named path: JSON names joined by dots, `[i]` and `[*]` for lists, `{key}` and `{*}` for maps.
 *
 * @throws CodecError `invalid-path`
 */
export function parseNamedPath(text: string): readonly NamedStep[] {
  const steps: NamedStep[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (match === null) throw invalidPath(text);
    steps.push({ name: match[1] as string, select: parseSelector(text, match[2], match[3]) });
  }
  if (steps.length === 0) throw invalidPath(text);
  return steps;
}

/** The reverse of {@link parseNamedPath}. */
export function printNamedPath(steps: readonly NamedStep[]): string {
  return steps.map(({ name, select }) => `${name}${printSelector(select)}`).join('.');
}

/** The JSON pointer of a named path; `*` for the selectors that mean every one. */
export function namedPathPointer(steps: readonly NamedStep[]): string {
  return printPointer(
    steps.flatMap(({ name, select }) => {
      switch (select.by) {
        case 'field':
          return [name];
        case 'index':
          return [name, String(select.index)];
        case 'key':
          return [name, select.key];
        case 'every-occurrence':
        case 'every-value':
          return [name, '*'];
      }
    }),
  );
}

/**
 * The field numbers of a named path in a message.
 *
 * @throws CodecError `invalid-path` for a name the tables have not, or a selector that does not fit the field
 */
export function numberPath(message: MessageShape, path: readonly NamedStep[]): NumberedPath {
  const steps: ProtobufStep[] = [];
  const indexes: number[] = [];
  const shapes: FieldShape[] = [];
  let shape: MessageShape | undefined = message;
  for (const { name, select } of path) {
    const text = printNamedPath(path);
    let field: FieldShape | undefined = shape?.[name];
    const inline: FieldShape | undefined = shape?.[INLINE];
    if (field === undefined && inline !== undefined) {
      field = messageOfType(inline.type)?.[name];
      steps.push({ number: inline.number, select: { by: 'field' } });
    }
    if (field === undefined) {
      throw new CodecError('invalid-path', `the tables have no field ${name} there`, {
        format: 'protobuf',
        path: text,
      });
    }
    if (!fits(field, select)) {
      throw new CodecError('invalid-path', `field ${name} is ${field.many}`, {
        format: 'protobuf',
        path: text,
      });
    }
    indexes.push(steps.length);
    steps.push({ number: field.number, select });
    shapes.push(field);
    shape = messageOfType(field.type);
  }
  return { steps, indexes, shapes };
}

/** The type a named path ends in, as far as the tables know it; undefined for other fields. */
export function typeOfPath(
  message: MessageShape | undefined,
  path: readonly NamedStep[],
): FieldType | undefined {
  let shape = message;
  let field: FieldShape | undefined;
  for (const { name } of path) {
    field = shape?.[name] ?? messageOfType(shape?.[INLINE]?.type ?? '')?.[name];
    shape = field === undefined ? undefined : messageOfType(field.type);
  }
  return field?.type;
}

function fits({ many }: FieldShape, { by }: Selector): boolean {
  if (by === 'field') return true;
  return many === (by === 'key' || by === 'every-value' ? 'map' : 'list');
}

function invalidPath(path: string): CodecError {
  return new CodecError('invalid-path', 'the path cannot be read', { format: 'location', path });
}
