import type { Json } from './ignition-object.ts';
import { keyText, scalarText } from './yaml-scalar.ts';

/** Block-style YAML: keys sorted, lists indented by two under their key, texts of several lines as literal blocks. */
export function yamlText(value: Json): string {
  return `${(typeof value === 'object' && isEmpty(value) ? [emptyText(value)] : lines(value, 0)).join('\n')}\n`;
}

function lines(value: Json, indent: number): string[] {
  if (isList(value)) return value.flatMap((item) => listItem(item, indent));
  if (typeof value !== 'object') return [scalarText(value, indent)];
  return Object.keys(value)
    .toSorted(byKey)
    .flatMap((key) => entry(key, value[key] as Json, indent));
}

function entry(key: string, value: Json, indent: number): string[] {
  const start = `${' '.repeat(indent)}${keyText(key)}:`;
  if (typeof value !== 'object') return [`${start} ${scalarText(value, indent)}`];
  if (isEmpty(value)) return [`${start} ${emptyText(value)}`];
  return [start, ...lines(value, indent + 2)];
}

function listItem(item: Json, indent: number): string[] {
  const dash = `${' '.repeat(indent)}- `;
  if (typeof item !== 'object') return [`${dash}${scalarText(item, indent)}`];
  if (isEmpty(item)) return [`${dash}${emptyText(item)}`];
  const [first = '', ...rest] = lines(item, indent + 2);
  return [dash + first.slice(indent + 2), ...rest];
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function emptyText(value: Json): string {
  return isList(value) ? '[]' : '{}';
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

/** Go's order of keys: numbers in them by value, other marks before letters. */
function byKey(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    if (left[i] !== right[i]) return compareFrom(left, right, i);
  }
  return left.length - right.length;
}

function compareFrom(left: readonly string[], right: readonly string[], at: number): number {
  const [a, b] = [left[at] as string, right[at] as string];
  const [aLetter, bLetter] = [/\p{L}/u.test(a), /\p{L}/u.test(b)];
  if (aLetter !== bLetter) {
    const afterDigit = at > 0 && /\d/.test(left[at - 1] as string);
    return aLetter === afterDigit ? -1 : 1;
  }
  const number = (chars: readonly string[]): number =>
    Number(/^\d+/.exec(chars.slice(at).join(''))?.[0] ?? '0');
  const difference = aLetter ? 0 : number(left) - number(right);
  return difference === 0 ? (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0) : difference;
}
