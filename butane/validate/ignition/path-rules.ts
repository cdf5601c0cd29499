import { posix } from 'node:path';

/** What is wrong with an absolute path; undefined if nothing. */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'path not specified';
  if (!path.startsWith('/')) return 'path not absolute';
  return path === cleaned(path) ? undefined : 'path is not fully simplified';
}

/** A path without `.`, `..`, repeated and trailing slashes. */
export function cleaned(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 ? clean.replace(/\/$/, '') : clean;
}
