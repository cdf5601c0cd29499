import { type Document, isCollection, isScalar, type Scalar, visit } from 'yaml';
import { CodecError } from '../codec-error.ts';
import { spliceText } from '../splice.ts';
import { findPlaces, parseYamlPointer, printYamlPointer, readDocuments, stringPlaces } from './read.ts';
import { respell } from './scalar.ts';

/** Another string in the place of a scalar. */
export interface YamlEdit {
  readonly pointer: string;
  readonly string: string;
}

/**
 * Puts strings into scalars of a YAML text; comments, layout, anchors and all other scalars stay as they are. The
 * result is read back: it holds the new strings, and the same as before everywhere else.
 *
 * @throws CodecError `not-found`, `ambiguous`, `unsupported` (an alias, a map), `invalid-path`, `malformed`
 */
export function editYaml(text: string, edits: readonly YamlEdit[]): string {
  const documents = readDocuments(text);
  const flow = scalarsInFlow(documents);
  const targets = edits.flatMap((edit): readonly Target[] => {
    const node = scalarAt(documents, edit.pointer);
    return node.value === edit.string ? [] : [{ edit, node, inFlow: flow.has(node) }];
  });
  if (targets.length === 0) return text;
  const expected = expectedStrings(documents, targets);
  const spelled = targets.map((target) => ({ target, plainest: true }));
  const attempt = (): string | undefined => {
    const splices = spelled.map(({ target: { node, inFlow, edit }, plainest }) =>
      respell(text, { node, inFlow }, edit.string, plainest),
    );
    const edited = spliceText(text, splices, 'YAML');
    return holds(edited, expected) ? edited : undefined;
  };
  const plain = attempt();
  if (plain !== undefined) return plain;
  // Some text cannot stand in its scalar's style after all: quotes for those alone.
  for (const one of spelled) one.plainest = holdsAlone(text, documents, one.target);
  const quoted = attempt();
  if (quoted !== undefined) return quoted;
  throw new CodecError('invalid-value', 'the new text cannot be written here', {
    format: 'YAML',
    path: targets.map(({ edit }) => edit.pointer).join(', '),
  });
}

interface Target {
  readonly edit: YamlEdit;
  readonly node: Scalar;
  readonly inFlow: boolean;
}

function holdsAlone(text: string, documents: readonly Document[], target: Target): boolean {
  const splice = respell(text, target, target.edit.string, true);
  return holds(spliceText(text, [splice], 'YAML'), expectedStrings(documents, [target]));
}

function scalarAt(documents: readonly Document[], pointer: string): Scalar {
  const { document, segments } = parseYamlPointer(pointer);
  const places = findPlaces(documents, document, segments, false);
  const node = places[0]?.node;
  if (node === undefined)
    throw new CodecError('not-found', 'there is no such value', { format: 'YAML', path: pointer });
  if (places.length > 1)
    throw new CodecError('ambiguous', 'a key on the way stands twice', { format: 'YAML', path: pointer });
  if (!isScalar(node) || !node.range) {
    throw new CodecError('unsupported', 'only a scalar takes a new string', {
      format: 'YAML',
      path: pointer,
    });
  }
  return node;
}

/** All strings by pointer as they shall be after the edit; a pointer that occurs twice counts each time. */
function expectedStrings(
  documents: readonly Document[],
  targets: readonly { readonly edit: YamlEdit; readonly node: Scalar }[],
): readonly string[] {
  const news = new Map(targets.map(({ edit, node }) => [node, edit.string]));
  const list = stringPlaces(documents).map(({ node, ...place }) => {
    const value = news.get(node as Scalar) ?? (node as Scalar<string>).value;
    return `${printYamlPointer(place)}\n${value}`;
  });
  // A number or null that becomes a string was not in the list.
  for (const { edit, node } of targets) {
    if (typeof node.value !== 'string')
      list.push(`${printYamlPointer(parseYamlPointer(edit.pointer))}\n${edit.string}`);
  }
  return list.toSorted();
}

function holds(text: string, expected: readonly string[]): boolean {
  try {
    const actual = stringPlaces(readDocuments(text)).map(
      ({ node, ...place }) => `${printYamlPointer(place)}\n${(node as Scalar<string>).value}`,
    );
    const sorted = actual.toSorted();
    return sorted.length === expected.length && sorted.every((line, i) => line === expected[i]);
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}

function scalarsInFlow(documents: readonly Document[]): ReadonlySet<unknown> {
  const scalars = new Set<unknown>();
  for (const document of documents) {
    visit(document, {
      Scalar: (_key, node, path) => {
        if (path.some((outer) => isCollection(outer) && outer.flow)) scalars.add(node);
      },
    });
  }
  return scalars;
}
