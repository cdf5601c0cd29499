const HIDDEN = '[hidden]';

/** Names of fields whose values never go into a log. */
const SECRET_NAME =
  /passw|secret|token|credential|private|authfile|dockerconfig|^auths?$|^authorization$|_key$|Key$/;

/**
 * Parts of texts that are secrets whatever they are called: private keys, tokens, credentials in addresses. Repeats
 * are bounded, so that a long text without any is not searched anew from each of its letters.
 */
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  [/\b(Bearer|Basic)\s+[\w+/.=~-]{8,}/gi, `$1 ${HIDDEN}`],
  [/\beyJ[\w-]{8,4096}\.[\w-]{1,4096}\.[\w-]{0,4096}/g, HIDDEN],
  [/("(?:auth|password|identitytoken|registrytoken)"\s*:\s*")[^"]*/gi, `$1${HIDDEN}`],
  [/\b([a-z][a-z0-9+]{0,30}:\/\/)[^\s/:@]{1,1024}:[^\s/@]{1,1024}@/gi, `$1${HIDDEN}@`],
];

/** A text with private keys, tokens and credentials blotted out. */
export function withoutSecrets(text: string): string {
  let safe = text;
  for (const [pattern, replacement] of SECRET_TEXT) safe = safe.replaceAll(pattern, replacement);
  return safe;
}

/** Data with texts blotted out as above, and every value under a name that speaks of a secret. */
export function dataWithoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (Array.isArray(value)) return value.map(dataWithoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      SECRET_NAME.test(name) ? HIDDEN : dataWithoutSecrets(field),
    ]),
  );
}
