import { type Path, pathText } from '../report/path.ts';
import type { Report } from '../report/report.ts';
import type { Field, ObjectType } from '../schema/field.ts';
import { fieldsByKey, fieldsOf } from '../schema/fields-of.ts';
import type { Spec } from '../schema/spec.ts';
import { childOf, type Node } from '../yaml/node.ts';

/**
 * Warns of every key that the language does not have, at the key; and where an alias or an explicit null stands for
 * an object, that nothing below it can be told. Objects before what they hold, fields in the order of the tables.
 */
export function reportUnusedKeys(type: ObjectType, root: Node | undefined, spec: Spec, report: Report): void {
  if (root !== undefined) inObject(type, root, [], spec, report);
}

function inObject(type: ObjectType, node: Node, path: Path, spec: Spec, report: Report): void {
  if (node.kind !== 'map') {
    report.warning(
      path,
      `context tree does not match content tree at ${pathText(path)}. Line and column reporting may be inconsistent. Unused keys may not be reported.`,
    );
    return;
  }
  const known = fieldsByKey(type, spec);
  const seen = new Set<string>();
  for (const { key } of node.entries) {
    if (key.kind !== 'scalar' || known.has(key.text) || seen.has(key.text)) continue;
    seen.add(key.text);
    report.add('warning', [...path, key.text], `unused key ${key.text}`, { line: key.line, col: key.col });
  }
  for (const { key, field } of fieldsOf(type, spec)) {
    const child = childOf(node, key);
    if (child !== undefined) inField(field, child, [...path, key], spec, report);
  }
}

function inField(field: Field, node: Node, path: Path, spec: Spec, report: Report): void {
  if (field.kind === 'object') inObject(field.type, node, path, spec, report);
  if (field.kind !== 'list' || node.kind !== 'sequence') return;
  const item = field.item;
  if (item.kind !== 'object') return;
  // As many items as were decoded: nulls are dropped there, and the last ones fall out of sight here.
  const count = node.items.filter((child) => !isNull(child)).length;
  for (let i = 0; i < count; i += 1) inObject(item.type, node.items[i] as Node, [...path, i], spec, report);
}

function isNull(node: Node): boolean {
  const value = node.kind === 'alias' ? node.target : node;
  return value.kind === 'scalar' && value.tag === '!!null';
}
