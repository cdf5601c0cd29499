const PROXY_LINE = /^\s*(?:export\s+)?(?:https?|ftp|all|no)_proxy=/i;

/** The lines of an environment file (pam_env(8)) that set a proxy. */
export function proxyLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => PROXY_LINE.test(line));
}

/** An environment file with its proxy lines replaced by others; every other line as it was. */
export function withProxyLines(text: string, lines: readonly string[]): string {
  const kept = text.split('\n').filter((line) => !PROXY_LINE.test(line));
  while (kept.length > 0 && kept.at(-1) === '') kept.pop();
  const all = [...kept, ...lines];
  return all.length === 0 ? '' : `${all.join('\n')}\n`;
}
