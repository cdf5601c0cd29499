import { keyText, type MapNode, type Node, type ScalarNode } from '../yaml/node.ts';
import type { Decoding } from './decode.ts';

/** A mapping's keys and values in the order of the file, with what its merge keys (`<<: *base`) bring behind them. */
export function entriesOf(node: MapNode, decoding: Decoding): readonly (readonly [string, Node])[] {
  const own: [string, Node][] = [];
  const merged: Node[] = [];
  for (const entry of node.entries) {
    const key = keyText(entry);
    if (isMergeKey(entry.key)) merged.push(entry.value);
    else if (key === undefined) decoding.mismatch(entry.key, 'string');
    else own.push([key, entry.value]);
  }
  if (merged.length === 0) return own;
  const present = new Set(own.map(([key]) => key));
  for (const source of merged.flatMap((value) => mergeSources(value, decoding))) {
    for (const [key, value] of entriesOf(source, decoding)) {
      if (present.has(key)) continue;
      present.add(key);
      own.push([key, value]);
    }
  }
  return own;
}

/** Notes each key that stands twice in a mapping; true if there is one. */
export function duplicateKeys(node: MapNode, decoding: Decoding): boolean {
  const first = new Map<string, number>();
  let found = false;
  for (const { key } of node.entries) {
    if (key.kind !== 'scalar') continue;
    const line = first.get(key.text);
    if (line === undefined) first.set(key.text, key.line);
    else {
      decoding.problem(key.line, `mapping key ${JSON.stringify(key.text)} already defined at line ${line}`);
      found = true;
    }
  }
  return found;
}

function isMergeKey(key: Node): key is ScalarNode {
  return key.kind === 'scalar' && key.tag === '!!merge';
}

function mergeSources(value: Node, decoding: Decoding): readonly MapNode[] {
  const node = value.kind === 'alias' ? value.target : value;
  if (!decoding.affords(node)) return [];
  if (node.kind === 'map') return [node];
  if (node.kind === 'sequence') {
    const maps = node.items.map((item) => (item.kind === 'alias' ? item.target : item));
    if (maps.every((item) => item.kind === 'map')) return maps;
  }
  decoding.problem(value.line, 'map merge requires map or sequence of maps as the value');
  return [];
}
