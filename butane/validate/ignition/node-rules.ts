import type { Path } from '../../report/path.ts';
import type { Directory, File, Link, Owner } from '../../schema/files.ts';
import { pathProblem } from './path-rules.ts';
import type { Findings } from './validate-ignition.ts';

export function checkFile(file: File, path: Path, findings: Findings): void {
  checkDirectory(file, path, findings);
  if (file.overwrite === true && file.contents?.source === undefined) {
    findings.error([...path, 'overwrite'], 'overwrite must be false if source is unspecified');
  }
}

export function checkDirectory(
  { path: place = '', mode }: Directory,
  path: Path,
  { spec, error, warning }: Findings,
): void {
  error([...path, 'path'], pathProblem(place));
  if (mode === undefined) return;
  if (mode < 0 || mode > 0o7777) error([...path, 'mode'], 'illegal file mode');
  if ((mode & 0o7000) !== 0 && spec.ignition < 6) {
    warning(
      [...path, 'mode'],
      'setuid/setgid/sticky bits are not supported or functional in spec versions older than 3.6.0',
    );
  }
}

export function checkLink({ path: place = '' }: Link, path: Path, { error }: Findings): void {
  error([...path, 'path'], pathProblem(place));
}

export function checkOwner({ id, name = '' }: Owner, path: Path, { error }: Findings): void {
  if (id !== undefined && name !== '') error(path, 'cannot set both id and name');
}
