/**
 * A path as part of a systemd unit's name, as `systemd-escape --path` writes it; only control characters come out
 * without a leading zero (`\x9`), as in the reference implementation.
 */
export function escapedPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length === 0) return '-';
  return parts.map((part, i) => escapedPart(part, i === 0)).join('-');
}

function escapedPart(part: string, first: boolean): string {
  let text = '';
  for (const [i, byte] of Buffer.from(part).entries()) {
    const char = String.fromCharCode(byte);
    const plain = /[A-Za-z0-9:_]/.test(char) || (char === '.' && !(first && i === 0));
    text += plain ? char : `\\x${byte.toString(16)}`;
  }
  return text;
}
