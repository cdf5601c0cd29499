import { NO_FILES_DIRECTORY } from '../files/local-files.ts';
import type { Path } from '../report/path.ts';
import type { User } from '../schema/passwd.ts';
import type { Context } from './context.ts';
import { readLocal } from './resource.ts';

/** Appends the keys of local files, one a line, to those in the config. */
export function fillKeys(from: User, to: User, at: Path, context: Context): void {
  const local = from.sshAuthorizedKeysLocal ?? [];
  if (local.length === 0) return;
  const path = [...at, 'ssh_authorized_keys_local'];
  if (context.files === undefined) {
    context.report.error(path, NO_FILES_DIRECTORY);
    return;
  }
  const given = to.sshAuthorizedKeys;
  const keys = given ?? [];
  if (given === undefined) {
    context.origins.note(keys, path);
    to.sshAuthorizedKeys = keys;
  }
  for (const [i, name] of local.entries()) {
    const bytes = readLocal(name, [...path, i], context);
    const lines = bytes === undefined ? [] : new TextDecoder().decode(bytes).split(/\r?\n/);
    for (const line of lines.filter((found) => found !== '')) {
      context.origins.noteField(keys, keys.length, [...path, i]);
      keys.push(line);
    }
  }
}
