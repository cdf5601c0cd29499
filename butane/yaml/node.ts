import type { Path } from '../report/path.ts';

/** Line and column of the first character, both from 1; columns count characters, not bytes. */
export interface Position {
  readonly line: number;
  readonly col: number;
}

export interface ScalarNode extends Position {
  readonly kind: 'scalar';
  /** As written, without quotes. */
  readonly text: string;
  /** `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!timestamp`, `!!merge`, or a tag of the file's own. */
  readonly tag: string;
}

export interface MapNode extends Position {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}

export interface MapEntry {
  readonly key: Node;
  readonly value: Node;
}

export interface SequenceNode extends Position {
  readonly kind: 'sequence';
  readonly items: readonly Node[];
}

/** `*name`: a leaf for positions, its target for values. */
export interface AliasNode extends Position {
  readonly kind: 'alias';
  readonly target: Node;
}

/** What a YAML file holds, with positions, before anything is known about what it should hold. */
export type Node = ScalarNode | MapNode | SequenceNode | AliasNode;

/** The text of a key; undefined for a key that is no plain value. */
export function keyText({ key }: MapEntry): string | undefined {
  const scalar = key.kind === 'alias' ? key.target : key;
  return scalar.kind === 'scalar' ? scalar.text : undefined;
}

/** The value under a key; the last one, if the key is there twice. */
export function childOf(node: Node | undefined, key: string | number): Node | undefined {
  if (node?.kind === 'map' && typeof key === 'string') {
    return node.entries.findLast((entry) => entry.key.kind === 'scalar' && entry.key.text === key)?.value;
  }
  return node?.kind === 'sequence' && typeof key === 'number' ? node.items[key] : undefined;
}

/** The position of the value at a path, or of the nearest enclosing value that is written down. */
export function positionAt(root: Node | undefined, path: Path): Position {
  let node = root;
  for (const key of path) {
    const child = childOf(node, key);
    if (child === undefined) break;
    node = child;
  }
  return node === undefined ? { line: 1, col: 1 } : { line: node.line, col: node.col };
}
