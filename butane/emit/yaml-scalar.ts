import { plainTag } from '../yaml/scalar.ts';

/** A value after `key: ` or `- `; further lines of a block are indented below `indent`. */
export function scalarText(value: string | number | boolean, indent: number): string {
  if (typeof value !== 'string') return String(value);
  if (value.includes('\n') && mayBeBlock(value)) return literalBlock(value, indent);
  return lineText(value);
}

export function keyText(key: string): string {
  return lineText(key);
}

function lineText(value: string): string {
  if (isSpecial(value) || value.includes('\n')) return doubleQuoted(value);
  if (plainTag(value) !== '!!str' || isOldBoolean(value) || isBase60(value)) return doubleQuoted(value);
  return mayBePlain(value) ? value : `'${value.replaceAll("'", "''")}'`;
}

/** Words that YAML 1.1 readers take for true and false. */
function isOldBoolean(value: string): boolean {
  return /^(y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/.test(value);
}

/** `1:30` is a number to YAML 1.1 readers. */
function isBase60(value: string): boolean {
  return /^[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?$/.test(value);
}

function mayBePlain(value: string): boolean {
  if (value.startsWith('---') || value.startsWith('...')) return false;
  if (/^[#,[\]{}&*!|>'"%@`]/.test(value) || /^[?:-]($|\s)/.test(value)) return false;
  return !/:($|\s)/.test(value) && !/\s#/.test(value) && !/^ | $/.test(value);
}

/** Tabs and what cannot be printed; only double quotes can hold them. */
function isSpecial(value: string): boolean {
  return value.includes('\t') || hasUnprintable(value);
}

function hasUnprintable(value: string): boolean {
  return /[^\n\t\x20-\x7E\x85\xA0-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD\u{10000}-\u{10FFFF}]/u.test(value);
}

function mayBeBlock(value: string): boolean {
  return !hasUnprintable(value) && !/ \n/.test(value) && !value.endsWith(' ');
}

function literalBlock(value: string, indent: number): string {
  const hint = /^[ \n]/.test(value) ? '2' : '';
  const chomping = !value.endsWith('\n') ? '-' : value === '\n' || value.endsWith('\n\n') ? '+' : '';
  const body = value.endsWith('\n') ? value.slice(0, -1) : value;
  const margin = ' '.repeat(indent + 2);
  return [`|${hint}${chomping}`, ...body.split('\n').map((line) => (line === '' ? '' : margin + line))].join(
    '\n',
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1B': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u2028': '\\L',
  '\u2029': '\\P',
  '\uFEFF': '\\uFEFF',
};

function doubleQuoted(value: string): string {
  const text = Array.from(value)
    .map((char) => ESCAPES[char] ?? (hasUnprintable(char) ? hexEscape(char) : char))
    .join('');
  return `"${text}"`;
}

function hexEscape(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const [letter, digits] =
    code <= 0xff ? (['x', 2] as const) : code <= 0xffff ? (['u', 4] as const) : (['U', 8] as const);
  return `\\${letter}${code.toString(16).toUpperCase().padStart(digits, '0')}`;
}
