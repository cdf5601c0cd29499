import type { Path } from '../../report/path.ts';
import type { Metadata, OpenShift } from '../../schema/sugar.ts';
import type { Input } from './validate-input.ts';

const ROLE_LABEL = 'machineconfiguration.openshift.io/role';

export function checkMetadata({ name = '', labels = {} }: Metadata, path: Path, { report }: Input): void {
  if (name === '') report.error([...path, 'name'], 'metadata.name is required');
  if ((labels[ROLE_LABEL] ?? '') === '') report.error([...path, 'labels'], `${ROLE_LABEL} label is required`);
}

export function checkOpenShift({ kernelType = '' }: OpenShift, path: Path, { report }: Input): void {
  if (['', 'default', 'realtime'].includes(kernelType)) return;
  report.error([...path, 'kernel_type'], 'must be empty, "default", or "realtime"');
}
