import type { Path } from '../../report/path.ts';
import type { Directory, File } from '../../schema/files.ts';
import { looksDecimal } from './decimal-mode.ts';
import type { Input } from './validate-input.ts';

const DECIMAL_MODE =
  'unreasonable mode would be reasonable if specified in octal; remember to add a leading zero';

export function checkFile({ mode }: File, path: Path, { report }: Input): void {
  if (mode !== undefined && looksDecimal(mode, 'file')) report.warning([...path, 'mode'], DECIMAL_MODE);
}

export function checkDirectory({ mode }: Directory, path: Path, { report }: Input): void {
  if (mode !== undefined && looksDecimal(mode, 'directory')) report.warning([...path, 'mode'], DECIMAL_MODE);
}
