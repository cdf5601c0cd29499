import type { Path } from '../../report/path.ts';
import type { Tree } from '../../schema/files.ts';
import type { Resource } from '../../schema/resource.ts';
import type { GrubUser } from '../../schema/sugar.ts';
import type { Unit } from '../../schema/systemd.ts';
import type { Input } from './validate-input.ts';

/** Contents come from one place; the last field of those given is named. */
export function checkResource({ local, inline, source }: Resource, path: Path, { report }: Input): void {
  const given = Object.entries({ local, inline, source }).filter(([, value]) => value !== undefined);
  const last = given.at(-1);
  if (given.length < 2 || last === undefined) return;
  report.error([...path, last[0]], 'only one of the following can be set: inline, local, source');
}

export function checkContents({ contents, contentsLocal }: Unit, path: Path, { report }: Input): void {
  if (contents === undefined || contentsLocal === undefined) return;
  report.error([...path, 'contents_local'], 'only one of the following can be set: contents, contents_local');
}

export function checkTree({ local = '' }: Tree, path: Path, { report }: Input): void {
  if (local === '') report.error(path, 'local is required');
}

export function checkGrubUser(
  { name = '', passwordHash = '' }: GrubUser,
  path: Path,
  { report }: Input,
): void {
  if (name === '') report.error([...path, 'name'], 'field "name" is required');
  if (passwordHash === '') report.error([...path, 'password_hash'], 'field "password_hash" is required');
}
