export { findJwts, type JwtMatch } from './find.ts';
export { type Jwt, type JwtEdits, readJwt, rewriteJwt } from './read.ts';
