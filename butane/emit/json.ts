import type { Json } from './ignition-object.ts';

/** JSON as Go writes it: one line, or indented by two spaces; safe to stand in HTML and JavaScript. */
export function jsonText(value: Json, pretty: boolean): string {
  return JSON.stringify(value, null, pretty ? 2 : 0).replace(/[&<>\u2028\u2029]|\\./g, escaped);
}

function escaped(found: string): string {
  if (found === '\\b') return '\\u0008';
  if (found === '\\f') return '\\u000c';
  if (found.startsWith('\\')) return found;
  return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
