import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { ContractError, contractError, type Position, type Problem } from './contract-error.ts';
import type { FieldPath } from './schema-fields.ts';

/** A parsed file (or one document of it) that still knows where each field was written. */
export interface Source {
  readonly file: string;
  readonly value: unknown;
  /** Where a field's name is written (for a list item: the item); the nearest parent's place if it is not there. */
  locate(path: FieldPath): Position | undefined;
}

/**
 * Parses the one YAML document of a file.
 *
 * @throws ContractError `syntax` with line and column, also for duplicate keys, for none and for several documents.
 */
export function parseYaml(file: string, text: string): Source {
  const sources = parseYamlDocuments(file, text);
  const [only, second] = sources;
  if (only === undefined) {
    throw contractError('syntax', file, 'the file is empty', { remedy: 'Write the resource into it.' });
  }
  if (second !== undefined) {
    const position = second.locate([]);
    throw contractError('syntax', file, 'the file holds several YAML documents where one is expected', {
      ...(position === undefined ? {} : { position }),
      remedy: 'Keep one document in this file; ConfigMaps and Secrets go below objects/.',
    });
  }
  return only;
}

/** Parses all YAML documents of a file; empty documents are left out. Throws as `parseYaml` does. */
export function parseYamlDocuments(file: string, text: string): readonly Source[] {
  const lines = new LineCounter();
  const documents = orRefused(file, () =>
    parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' }),
  );
  if (!Array.isArray(documents)) return [];
  const problems = documents.flatMap((document) =>
    document.errors.map((error): Problem => {
      const { line, col } = lines.linePos(error.pos[0]);
      return {
        code: 'syntax',
        file,
        position: { line, column: col },
        field: '',
        text: `not valid YAML: ${error.message.replace(/\.$/, '')}`,
        remedy: 'Correct the YAML at that line.',
      };
    }),
  );
  const [first, ...rest] = problems;
  if (first !== undefined) throw new ContractError([first, ...rest]);
  return documents
    .filter(({ contents }) => contents !== null && !(isScalar(contents) && contents.value === null))
    .map((document) => yamlSource(file, document, lines));
}

/**
 * Parses a JSON file. Positions are looked up only when a problem has to be reported.
 *
 * @throws ContractError `syntax`; the text itself is never quoted, for it may hold keys.
 */
export function parseJson(file: string, text: string): Source {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const found = /line (\d+) column (\d+)/.exec(String(error));
    throw contractError('syntax', file, 'not valid JSON', {
      ...(found === null ? {} : { position: { line: Number(found[1]), column: Number(found[2]) } }),
      remedy: 'The file was cut short or edited by hand; write it anew.',
    });
  }
  return { file, value, locate: (path) => placeInJson(file, text, path) };
}

function placeInJson(file: string, text: string, path: FieldPath): Position | undefined {
  try {
    return parseYamlDocuments(file, text)[0]?.locate(path);
  } catch {
    return undefined; // JSON that is no YAML (too deep, a key twice) is reported without a place
  }
}

/** What the YAML library throws by itself: at aliases that multiply or go in a circle, and at endless nesting. */
function orRefused<Value>(file: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    throw contractError('syntax', file, 'its aliases or its nesting cannot be followed', {
      cause,
      remedy: 'Write the values out instead of using anchors and aliases.',
    });
  }
}

function yamlSource(file: string, document: Document.Parsed, lines: LineCounter): Source {
  const at = (offset: number | undefined): Position | undefined => {
    if (offset === undefined) return undefined;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  return {
    file,
    value: orRefused(file, () => withoutCircles(document.toJS({ maxAliasCount: 100 }))),
    locate(path) {
      let node: unknown = document.contents;
      let offset = document.contents?.range[0];
      for (const key of path) {
        if (isMap(node)) {
          const pair = node.items.find(
            (item) => isScalar(item.key) && String(item.key.value) === String(key),
          );
          if (pair === undefined || !isScalar(pair.key)) break;
          offset = pair.key.range?.[0] ?? offset;
          node = pair.value;
        } else if (isSeq(node)) {
          const item = node.items[Number(key)];
          if (!isNode(item)) break;
          offset = item.range?.[0] ?? offset;
          node = item;
        } else break;
      }
      return at(offset);
    },
  };
}

/** The value itself; throws where an alias leads back to what it is part of. */
function withoutCircles(value: unknown): unknown {
  JSON.stringify(value);
  return value;
}
