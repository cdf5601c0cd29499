/** An old name or address and the new one. */
export interface Replacement {
  readonly from: string;
  readonly to: string;
}

/** Long runs of base64 never hold names, but letters that happen to spell one. */
const ENCODED = /[A-Za-z0-9+/_-]{64,}={0,2}/g;

/**
 * A text with names and addresses replaced where they stand alone: not inside a longer name or number (`10.0.0.1` in
 * `10.0.0.10`, `node` in `node-2` or `node.example`), and not in encoded data.
 */
export function replaceNames(text: string, replacements: readonly Replacement[]): string {
  let result = '';
  let at = 0;
  for (const { index, 0: encoded } of text.matchAll(ENCODED)) {
    result += replaceAll(text.slice(at, index), replacements) + encoded;
    at = index + encoded.length;
  }
  return result + replaceAll(text.slice(at), replacements);
}

function replaceAll(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((result, { from, to }) => {
    if (!result.includes(from)) return result;
    const isIpv6 = from.includes(':');
    // `system:node:` is a prefix of user names, also where a node is called "node".
    const neighbours = isIpv6 ? '[0-9A-Fa-f:]' : '[A-Za-z0-9.-]|system:';
    const quoted = from.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const pattern = new RegExp(
      `(?<!${neighbours})${quoted}(?!${isIpv6 ? neighbours : '[A-Za-z0-9-]|\\.[A-Za-z0-9]'})`,
      'g',
    );
    return result.replaceAll(pattern, () => to);
  }, text);
}
