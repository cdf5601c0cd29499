import type { Path } from '../../report/path.ts';
import type { Filesystem, Raid } from '../../schema/storage.ts';
import { pathProblem } from './path-rules.ts';
import type { Findings } from './validate-ignition.ts';

const FORMATS = ['ext4', 'btrfs', 'xfs', 'vfat', 'swap'];

/** From the manuals of the programs that make them; mkswap cuts longer labels off. */
const LONGEST_LABELS: Readonly<Record<string, number>> = {
  ext4: 16,
  btrfs: 256,
  xfs: 12,
  swap: 15,
  vfat: 11,
};

export function checkFilesystem(filesystem: Filesystem, path: Path, { spec, error }: Findings): void {
  const { device = '', format = '', label = '' } = filesystem;
  if ((filesystem.path ?? '') !== '') error([...path, 'path'], pathProblem(filesystem.path ?? ''));
  error([...path, 'device'], pathProblem(device));
  if (format === '') {
    if (needsFormat(filesystem)) {
      error(
        [...path, 'format'],
        'format cannot be empty when path, label, uuid, wipeFilesystem, options, or mountOptions is specified',
      );
    }
    if (label !== '') error([...path, 'label'], 'filesystem must specify format if label is specified');
    return;
  }
  if (!FORMATS.includes(format) && (format !== 'none' || spec.ignition < 3)) {
    error([...path, 'format'], 'invalid filesystem format');
  }
  const longest = LONGEST_LABELS[format] ?? Number.POSITIVE_INFINITY;
  if (Buffer.byteLength(label) > longest) {
    error(
      [...path, 'label'],
      `filesystem labels cannot be longer than ${longest} characters when using ${format}`,
    );
  }
}

function needsFormat({
  path,
  label,
  uuid,
  wipeFilesystem,
  mountOptions = [],
  options = [],
}: Filesystem): boolean {
  const texts = [path, label, uuid].some((text) => (text ?? '') !== '');
  return texts || wipeFilesystem === true || mountOptions.length > 0 || options.length > 0;
}

const STRIPED = ['linear', 'raid0', '0', 'stripe'];
const REDUNDANT = ['raid1', '1', 'mirror', 'raid4', '4', 'raid5', '5', 'raid6', '6', 'raid10', '10'];

export function checkRaid(
  { level, devices = [], spares = 0 }: Raid,
  path: Path,
  { spec, error }: Findings,
): void {
  const at = [...path, 'level'];
  // Up to Ignition 3.2 the level cannot be left out, and an empty one is just an unknown one.
  if ((level ?? '') === '' && spec.ignition >= 3) error(at, 'raid level is required');
  else if (STRIPED.includes(level ?? '')) {
    if (spares !== 0) error(at, 'spares unsupported for linear and raid0 arrays');
  } else if (!REDUNDANT.includes(level ?? '')) error(at, 'unrecognized raid level');
  if (devices.length === 0) error([...path, 'devices'], 'raid devices required');
}
