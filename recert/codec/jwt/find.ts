import type { Range } from '../splice.ts';
import { isJwt } from './read.ts';

export interface JwtMatch {
  /** Counted from 0 over all tokens of the text. */
  readonly index: number;
  readonly token: string;
  readonly range: Range;
}

/** Three base64url parts; the first begins like `{"` in base64. Nothing of the alphabet stands right before or behind. */
const CANDIDATE =
  /(?<![A-Za-z0-9_.-])ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*(?![A-Za-z0-9_-]|\.[A-Za-z0-9_-])/g;

/** All JSON web tokens (JWS compact form, RFC 7515 §7.1) of a text; look-alikes whose header is no JSON are left out. */
export function findJwts(text: string): readonly JwtMatch[] {
  const matches: JwtMatch[] = [];
  for (const { 0: token, index: start } of text.matchAll(CANDIDATE)) {
    if (!isJwt(token)) continue;
    matches.push({ index: matches.length, token, range: { start, end: start + token.length } });
  }
  return matches;
}
