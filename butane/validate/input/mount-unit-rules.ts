import type { Path } from '../../report/path.ts';
import type { Filesystem } from '../../schema/storage.ts';
import type { Input } from './validate-input.ts';

const NO_FORMAT = 'format is required if with_mount_unit is true';
const NO_PATH = 'path is required if with_mount_unit is true and format is not swap';

/** A mount unit needs a format and a path. Up to fcos 1.3 swap needs a path too, and the path is asked for first. */
export function checkFilesystem(
  { withMountUnit, format, path: mountPath }: Filesystem,
  path: Path,
  { spec, report }: Input,
): void {
  if (withMountUnit !== true) return;
  const noFormat = format === undefined || format === '';
  const noPath = mountPath === undefined || mountPath === '';
  if (spec.fcos < 4) {
    if (noPath) report.error([...path, 'path'], NO_PATH);
    if (noFormat) report.error([...path, 'format'], NO_FORMAT);
  } else if (noFormat) report.error([...path, 'format'], NO_FORMAT);
  else if (noPath && format !== 'swap') report.error([...path, 'path'], NO_PATH);
}
