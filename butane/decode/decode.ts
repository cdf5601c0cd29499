import type { Field, ListField, ObjectOf, ObjectType } from '../schema/field.ts';
import { fieldsByKey } from '../schema/fields-of.ts';
import type { Spec } from '../schema/spec.ts';
import type { AliasNode, MapNode, Node, ScalarNode } from '../yaml/node.ts';
import { booleanOf, wholeNumberOf } from '../yaml/scalar.ts';
import { duplicateKeys, entriesOf } from './entries.ts';

/** Most nodes read through aliases: a small file must not unfold into a huge one. */
const MOST_ALIASED_NODES = 100_000;

/** What decoding of one file has found and spent so far. */
export class Decoding {
  readonly spec: Spec;
  readonly problems: string[] = [];
  /** The reference implementation's name of a type, for messages. */
  readonly typeName: (type: ObjectType) => string;
  aliasDepth = 0;
  #aliasedNodes = 0;

  constructor(spec: Spec, typeName: (type: ObjectType) => string) {
    this.spec = spec;
    this.typeName = typeName;
  }

  problem(line: number, text: string): void {
    this.problems.push(`line ${line}: ${text}`);
  }

  /** `!!str `abc`` cannot become `into`. */
  mismatch(node: Node, into: string): undefined {
    this.problem(node.line, `cannot unmarshal ${described(node)} into ${into}`);
  }

  /** Counts a node that is read; false once too many were read through aliases. */
  affords(node: Node): boolean {
    if (this.aliasDepth === 0) return true;
    this.#aliasedNodes += 1;
    if (this.#aliasedNodes === MOST_ALIASED_NODES)
      this.problem(node.line, 'document contains excessive aliasing');
    return this.#aliasedNodes < MOST_ALIASED_NODES;
  }

  message(): string {
    return `yaml: unmarshal errors:\n  ${this.problems.join('\n  ')}`;
  }
}

/** The object that a node holds, by a type's table. Unknown fields are passed over; wrong types are noted. */
export function decodeObject<Type extends ObjectType>(
  type: Type,
  node: Node | undefined,
  decoding: Decoding,
): ObjectOf<Type> {
  return (decode(node, { kind: 'object', options: {}, type }, decoding) ?? {}) as ObjectOf<Type>;
}

function decode(node: Node | undefined, field: Field, decoding: Decoding): unknown {
  if (node === undefined || !decoding.affords(node)) return undefined;
  if (node.kind === 'alias') return throughAlias(node, field, decoding);
  if (node.kind === 'scalar' && node.tag === '!!null') return undefined;
  if (node.kind === 'map' && duplicateKeys(node, decoding)) return undefined;
  switch (field.kind) {
    case 'object':
      return node.kind === 'map'
        ? fieldsFrom(node, field.type, decoding)
        : decoding.mismatch(node, nameOf(field, decoding));
    case 'list':
      return node.kind === 'sequence'
        ? itemsFrom(node.items, field, decoding)
        : decoding.mismatch(node, nameOf(field, decoding));
    case 'labels':
      return node.kind === 'map'
        ? labelsFrom(node, decoding)
        : decoding.mismatch(node, nameOf(field, decoding));
    case 'string':
    case 'int':
    case 'bool':
      return node.kind === 'scalar'
        ? scalarFrom(node, field.kind, decoding)
        : decoding.mismatch(node, nameOf(field, decoding));
  }
}

function throughAlias(node: AliasNode, field: Field, decoding: Decoding): unknown {
  decoding.aliasDepth += 1;
  const value = decode(node.target, field, decoding);
  decoding.aliasDepth -= 1;
  return value;
}

function fieldsFrom(node: MapNode, type: ObjectType, decoding: Decoding): Record<string, unknown> {
  const known = fieldsByKey(type, decoding.spec);
  const value: Record<string, unknown> = {};
  for (const [key, child] of entriesOf(node, decoding)) {
    const named = known.get(key);
    if (named === undefined) continue;
    const decoded = decode(child, named.field, decoding);
    if (decoded !== undefined) value[named.name] = decoded;
  }
  return value;
}

/** Nulls are left out of a list, as the reference implementation does: what follows moves up. */
function itemsFrom(items: readonly Node[], { item }: ListField, decoding: Decoding): unknown[] {
  return items.map((child) => decode(child, item, decoding)).filter((value) => value !== undefined);
}

function labelsFrom(node: MapNode, decoding: Decoding): Record<string, string> {
  const found: [string, string][] = [];
  for (const [key, child] of entriesOf(node, decoding)) {
    const value = decode(child, { kind: 'string', options: {} }, decoding);
    found.push([key, typeof value === 'string' ? value : '']);
  }
  return Object.fromEntries(found);
}

function scalarFrom(node: ScalarNode, kind: 'string' | 'int' | 'bool', decoding: Decoding): unknown {
  if (kind === 'string') return node.text;
  if (kind === 'bool') return booleanOf(node.text, node.tag) ?? decoding.mismatch(node, 'bool');
  const isNumber = node.tag === '!!int' || node.tag === '!!float';
  return (isNumber ? wholeNumberOf(node.text) : undefined) ?? decoding.mismatch(node, 'int');
}

function nameOf(field: Field, decoding: Decoding): string {
  switch (field.kind) {
    case 'object':
      return decoding.typeName(field.type);
    case 'list': {
      const { itemName } = field.options;
      const base = `v0_${baseVersion(decoding.spec)}`;
      return `[]${itemName === undefined ? nameOf(field.item, decoding) : `${base}.${itemName}`}`;
    }
    case 'labels':
      return 'map[string]string';
    case 'string':
    case 'int':
    case 'bool':
      return field.kind;
  }
}

/** The number of the base language below an fcos version: fcos 1.2 and 1.3 share one. */
export function baseVersion({ fcos }: Spec): number {
  return fcos <= 2 ? fcos + 1 : fcos;
}

function described(node: Node): string {
  if (node.kind === 'map') return '!!map';
  if (node.kind === 'sequence') return '!!seq';
  if (node.kind === 'alias') return described(node.target);
  const bytes = Buffer.from(node.text);
  return `${node.tag} \`${bytes.length > 10 ? `${bytes.toString('utf8', 0, 7)}...` : node.text}\``;
}
