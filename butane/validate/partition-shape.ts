import type { Config } from '../schema/config.ts';
import type { Disk, Partition } from '../schema/storage.ts';
import type { Context } from '../translate/context.ts';

/** The numbers that the partitions of a CoreOS disk have. */
const NUMBERS: Readonly<Record<string, number>> = {
  'BIOS-BOOT': 1,
  'PowerPC-PReP-boot': 1,
  'EFI-SYSTEM': 2,
  boot: 3,
  root: 4,
};

const SMALLEST_ROOT_MIB = 8192;

/** Warns of partitions that do not do what one would think on a CoreOS disk. */
export function checkPartitions(ignition: Config, { report, origins }: Context): void {
  for (const [i, disk] of (ignition.storage?.disks ?? []).entries()) {
    for (const [p, partition] of (disk.partitions ?? []).entries()) {
      const warn = (field: string, message: string): void => {
        report.warning(origins.pathOf(ignition, ['storage', 'disks', i, 'partitions', p, field]), message);
      };
      if (partition.label === 'root') checkRoot(disk, p, partition, warn);
      const number = NUMBERS[partition.label ?? ''];
      if (disk.wipeTable === true || number === undefined || (partition.number ?? 0) === number) continue;
      warn('label', 'incorrect partition number; a new partition will be created using reserved label');
    }
  }
}

function checkRoot(
  disk: Disk,
  p: number,
  root: Partition,
  warn: (field: string, message: string) => void,
): void {
  const size = root.sizeMiB ?? 0;
  if (size !== 0) {
    if (size < SMALLEST_ROOT_MIB) warn('sizeMiB', 'root should have 8GiB of space assigned');
    return;
  }
  const others = (disk.partitions ?? []).slice(p + 1);
  if (others.some(({ startMiB = 0 }) => startMiB === 0)) {
    warn(
      'label',
      'root partition cannot expand; it is set to fill available space but is followed by an auto-positioned partition',
    );
  }
}
