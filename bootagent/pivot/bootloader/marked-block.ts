const BEGIN = '### BEGIN lca one-shot boot (managed by lca; text outside this block is kept) ###';
const END = '### END lca one-shot boot ###';

/** The text with our block as its last part: replaced if it was there, appended otherwise; all else as it was. */
export function withBlock(text: string, block: string): string {
  const rest = withoutBlock(text);
  const gap = rest === '' || rest.endsWith('\n') ? '' : '\n';
  return `${rest}${gap}${BEGIN}\n${block.trimEnd()}\n${END}\n`;
}

/** The text without our block. */
export function withoutBlock(text: string): string {
  const from = text.indexOf(BEGIN);
  if (from < 0) return text;
  const end = text.indexOf(END, from);
  const to = end < 0 ? text.length : end + END.length;
  return text.slice(0, from) + text.slice(to).replace(/^\n/, '');
}
