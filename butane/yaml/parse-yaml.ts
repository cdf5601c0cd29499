import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  Parser,
  type Node as YamlNode,
} from 'yaml';
import { ButaneError } from '../butane-error.ts';
import type { MapEntry, Node, Position } from './node.ts';
import { plainTag } from './scalar.ts';
import { type Problem, syntaxErrorText } from './syntax-error.ts';

/**
 * The first document of a YAML text as nodes with positions; undefined if it holds nothing.
 *
 * The `yaml` package reads the syntax; what a scalar means is decided here (scalar.ts), because Butane's rules are
 * those of another parser.
 *
 * @throws ButaneError `yaml`, always with a line
 */
export function parseYaml(text: string): Node | undefined {
  const source = text.replace(/^\uFEFF/, '');
  const reader = new Reader(source);
  const fail = (problem: Problem): never => {
    throw new ButaneError('yaml', syntaxErrorText(problem, reader.position(problem.offset)));
  };
  const stray = source.search(CONTROL);
  if (stray !== -1)
    fail({ code: 'IMPOSSIBLE', message: 'control characters are not allowed', offset: stray });
  try {
    const { contents, broken } = firstDocument(source);
    if (broken) fail(broken);
    if (contents === null || (isScalar(contents) && contents.source === '')) return undefined;
    return reader.read(contents);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return fail({ code: 'IMPOSSIBLE', message: 'exceeded max depth', offset: 0 }); // the stack is full
  }
}

/** Characters that YAML texts may not have. */
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/;

/** Later documents are not looked at: whatever is wrong with them is no concern. */
function firstDocument(source: string): { contents: YamlNode | null; broken: Problem | undefined } {
  const composer = new Composer({
    schema: 'failsafe',
    merge: false,
    uniqueKeys: false,
    strict: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const problems: Problem[] = [];
  let first: Document.Parsed | undefined;
  let secondStart = Number.POSITIVE_INFINITY;
  for (const token of new Parser().parse(source)) {
    if (token.type === 'error') {
      problems.push({ code: 'UNEXPECTED_TOKEN', message: token.message, offset: token.offset });
    } else if (first === undefined) {
      for (const document of fed(composer, token)) first ??= document;
    } else if (token.type === 'document') {
      secondStart = token.offset;
      break;
    }
  }
  for (const { code, message, pos } of first?.errors ?? []) problems.push({ code, message, offset: pos[0] });
  // What is wrong with the second document comes before it.
  return { contents: first?.contents ?? null, broken: problems.find(({ offset }) => offset < secondStart) };
}

/** The documents that a token ends; the package itself would wait for the next one to begin. */
function* fed(composer: Composer, token: CST.Token): Generator<Document.Parsed> {
  yield* composer.next(token) as Generator<Document.Parsed>;
  if (token.type === 'document') yield* composer.end() as Generator<Document.Parsed>;
}

/** Turns the package's nodes into ours, in the order of the text. */
class Reader {
  readonly #source: string;
  readonly #lineStarts: number[] = [0];
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<string>();

  constructor(source: string) {
    this.#source = source;
    for (const found of source.matchAll(/\r\n?|\n/g)) this.#lineStarts.push(found.index + found[0].length);
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    const before = this.#source.slice(this.#lineStarts[low], offset);
    return { line: low + 1, col: characters(before) + 1 };
  }

  read(node: YamlNode | null): Node {
    if (node === null) return { kind: 'scalar', text: '', tag: '!!null', line: 1, col: 1 };
    const at = this.position(this.#start(node));
    if (isAlias(node)) return { kind: 'alias', target: this.#target(node.source, at), ...at };
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined) this.#open.add(anchor);
    const made = this.#value(node, at);
    if (anchor !== undefined) {
      this.#open.delete(anchor);
      this.#anchors.set(anchor, made);
    }
    return made;
  }

  #value(node: YamlNode, at: Position): Node {
    if (isMap(node)) return { kind: 'map', entries: node.items.map((pair) => this.#entry(pair)), ...at };
    if (isSeq(node))
      return { kind: 'sequence', items: node.items.map((item) => this.read(item as YamlNode | null)), ...at };
    if (!isScalar(node)) throw new TypeError('a YAML node of a kind there is none of');
    const text = typeof node.value === 'string' ? node.value : '';
    return { kind: 'scalar', text, tag: tagOf(node.tag, node.type, text), ...at };
  }

  #entry(pair: Pair): MapEntry {
    const key = this.read(pair.key as YamlNode | null);
    const value = pair.value as YamlNode | null;
    // A key without a colon in a flow mapping has no value node at all; it stands where its key does.
    return {
      key,
      value:
        value === null
          ? { kind: 'scalar', text: '', tag: '!!null', line: key.line, col: key.col }
          : this.read(value),
    };
  }

  #target(name: string, { line }: Position): Node {
    if (this.#open.has(name))
      throw new ButaneError(
        'yaml',
        `Error unmarshaling yaml: yaml: line ${line}: anchor '${name}' value contains itself`,
      );
    const target = this.#anchors.get(name);
    if (target === undefined)
      throw new ButaneError(
        'yaml',
        `Error unmarshaling yaml: yaml: line ${line}: unknown anchor '${name}' referenced`,
      );
    return target;
  }

  /** Where a node starts, with its anchor and tag, which the package leaves out. */
  #start(node: YamlNode): number {
    const start = node.range?.[0] ?? 0;
    const { anchor, tag } = node as { anchor?: string; tag?: string };
    if (isAlias(node) || (anchor === undefined && tag === undefined)) return start;
    const before = this.#source.slice(0, start);
    return before.length - (/(?:[&!]\S*\s+)*(?:[&!]\S*\s*)?$/.exec(before.slice(-400))?.[0].length ?? 0);
  }
}

/** A character outside the basic plane counts once. */
function characters(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
}

function tagOf(tag: string | undefined, type: string | null | undefined, text: string): string {
  if (tag !== undefined && tag !== '!') return tag.replace(/^tag:yaml\.org,2002:/, '!!');
  return type === 'PLAIN' || type === null || type === undefined ? plainTag(text) : '!!str';
}
