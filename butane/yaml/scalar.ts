/**
 * What a plain (unquoted) scalar is taken for. YAML 1.2, and YAML 1.1 where configs rely on it: `0644` is octal, and
 * digits may be grouped with `_`. The YAML 1.1 words for true and false are strings here; `booleanOf` takes them where
 * a boolean belongs.
 */
export function plainTag(text: string): string {
  if (text === '' || text === '~' || /^(null|Null|NULL)$/.test(text)) return '!!null';
  if (/^(true|True|TRUE|false|False|FALSE)$/.test(text)) return '!!bool';
  if (text === '<<') return '!!merge';
  if (/^\d{4}-\d\d?-\d\d?($|[Tt ])/.test(text)) return '!!timestamp';
  if (/^[-+.\d]/.test(text)) {
    if (integerOf(text) !== undefined) return '!!int';
    if (floatOf(text) !== undefined) return '!!float';
  }
  return '!!str';
}

/** The number a plain scalar stands for, if it is a whole one: `420`, `0o644`, `0644`, `0x1a4`, `0b1`, `4.2e2`. */
export function wholeNumberOf(text: string): number | undefined {
  const value = integerOf(text) ?? floatOf(text);
  return value !== undefined && Number.isSafeInteger(value) ? value + 0 : undefined;
}

/** True or false, with YAML 1.1's words; `quoted` text means one of those words only. */
export function booleanOf(text: string, tag: string): boolean | undefined {
  if (tag === '!!bool') return /^t/i.test(text);
  if (tag !== '!!str') return undefined;
  if (/^(y|Y|yes|on)$/.test(text)) return true;
  return /^(n|N|no|off)$/.test(text) ? false : undefined;
}

function integerOf(text: string): number | undefined {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/s.exec(text.replaceAll('_', '')) ?? [];
  const value = unsigned(digits);
  return value === undefined || sign !== '-' ? value : -value;
}

function unsigned(digits: string): number | undefined {
  if (/^0[oO][0-7]+$/.test(digits) || /^0[xX][\da-fA-F]+$/.test(digits) || /^0[bB][01]+$/.test(digits))
    return Number(digits);
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  return /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : undefined;
}

function floatOf(text: string): number | undefined {
  if (/^[-+]?\.(inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^\.(nan|NaN|NAN)$/.test(text)) return Number.NaN;
  const plain = text.replaceAll('_', '');
  return /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(plain) ? Number(plain) : undefined;
}
