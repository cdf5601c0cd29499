export { findJwts, type JwtMatch } from './find.ts';
export { isJwt, type Jwt, type JwtEdits, readJwt, rewriteJwt } from './read.ts';
