import { ContainersPartitionError } from './containers-partition-error.ts';

/** The partition that both stateroots of a node share for `/var/lib/containers`. */
export interface ContainersPartition {
  /** The disk, whole, by a name that stays: `/dev/disk/by-id/wwn-…`. */
  readonly device: string;
  /** Where it starts. The root partition grows up to here. */
  readonly startMib: number;
  /** 0: the rest of the disk. */
  readonly sizeMib: number;
  readonly label: string;
}

/** The two labels the product guide uses: with GitOps ZTP and image-based installation, and in a MachineConfig. */
export const LABELS = { ztp: 'var-lib-containers', machineConfig: 'varlibcontainers' } as const;

/** prjquota lets CRI-O limit what a container writes. */
export const MOUNT_OPTIONS = ['defaults', 'prjquota'] as const;

/** Where root starts: behind the partition table, BIOS-BOOT, EFI-SYSTEM and boot (1, 1, 127 and 384 MiB). */
const ROOT_START_MIB = 513;

/**
 * With less than 8 GiB of root before another partition CoreOS refuses its first boot (Fedora CoreOS documentation,
 * "Configuring Storage").
 */
export const SMALLEST_START_MIB = ROOT_START_MIB + 8 * 1024;

/**
 * The smallest offset that OpenShift's installation guide recommends for a partition behind root on the boot disk: with
 * less, root may come out too small, and installing again may overwrite the start of the partition.
 */
export const RECOMMENDED_START_MIB = 25_000;

/** mkfs.xfs refuses less. */
export const SMALLEST_XFS_MIB = 300;

/** What an image-based installation sets aside unless told otherwise (`extraPartitionStart: -40G`). */
export const USUAL_SIZE_MIB = 40 * 1024;

/** Labels of the system's own partitions. */
const RESERVED_LABELS = ['BIOS-BOOT', 'PowerPC-PReP-boot', 'EFI-SYSTEM', 'boot', 'root', 'reserved'];

/** GPT holds 36 UTF-16 units. */
const LONGEST_LABEL = 36;

/** How udev names the partition. */
export function partitionDevice(label: string): string {
  return `/dev/disk/by-partlabel/${label}`;
}

/**
 * Refuses a partition with which the installation would fail.
 *
 * @param diskMib the size of the disk, where it is known
 * @returns what will probably go wrong later, one sentence each
 * @throws ContainersPartitionError
 */
export function checkContainersPartition(
  partition: ContainersPartition,
  diskMib?: number,
): readonly string[] {
  checkDevice(partition.device);
  checkLabel(partition.label);
  checkExtent(partition, diskMib);
  return doubts(partition);
}

function checkDevice(device: string): void {
  if (!/^\/dev\/[\w.:@+\-/]+$/.test(device) || /\/\.{0,2}(\/|$)/.test(device)) {
    throw new ContainersPartitionError('bad-device', `${device} is no absolute path of a disk below /dev.`, {
      remedy: 'Name the disk as ls -l /dev/disk/by-id shows it.',
    });
  }
  const isPartition =
    /-part\d+$|^\/dev\/([svx]?v?d[a-z]+|(nvme\d+n|mmcblk)\d+p)\d+$|\/by-(partlabel|label|uuid|partuuid)\//;
  if (isPartition.test(device)) {
    throw new ContainersPartitionError(
      'bad-device',
      `${device} is a partition, and the partition is to be made on a whole disk.`,
      {
        remedy: 'Name the disk itself, without the number of a partition.',
      },
    );
  }
}

function checkLabel(label: string): void {
  const problem =
    label.length > LONGEST_LABEL
      ? `longer than ${LONGEST_LABEL} characters`
      : !/^[\w.-]+$/.test(label)
        ? 'not made of letters, digits, ".", "_" and "-" alone'
        : RESERVED_LABELS.includes(label)
          ? 'the label of a partition of the system itself'
          : undefined;
  if (problem === undefined) return;
  throw new ContainersPartitionError('bad-label', `The partition label "${label}" is ${problem}.`, {
    remedy: `Use ${LABELS.ztp} or ${LABELS.machineConfig}; seed and target must use the same.`,
  });
}

function checkExtent({ startMib, sizeMib }: ContainersPartition, diskMib = Number.POSITIVE_INFINITY): void {
  if (!Number.isSafeInteger(startMib) || startMib < SMALLEST_START_MIB) {
    throw new ContainersPartitionError(
      'start-too-small',
      `A partition from ${startMib} MiB leaves less than 8 GiB to the root partition before it (which needs the first ${SMALLEST_START_MIB} MiB of the disk); the installation would fail.`,
      {
        remedy: `Start it at ${RECOMMENDED_START_MIB} MiB or later; root grows up to there and must hold two systems.`,
      },
    );
  }
  if (!Number.isSafeInteger(sizeMib) || sizeMib < 0 || (sizeMib > 0 && sizeMib < SMALLEST_XFS_MIB)) {
    throw new ContainersPartitionError(
      'size-too-small',
      `No XFS filesystem fits into ${sizeMib} MiB; the installation would fail.`,
      {
        remedy: 'Give it 0 MiB, which means the rest of the disk, or enough for the images of two releases.',
      },
    );
  }
  if (startMib + Math.max(sizeMib, SMALLEST_XFS_MIB) > diskMib) {
    throw new ContainersPartitionError(
      'beyond-disk',
      `A partition of ${sizeMib === 0 ? 'at least ' + SMALLEST_XFS_MIB : sizeMib} MiB from ${startMib} MiB ends behind the end of the disk at ${diskMib} MiB.`,
    );
  }
}

function doubts({ device, startMib, sizeMib, label }: ContainersPartition): readonly string[] {
  const found: string[] = [];
  if (/^\/dev\/(sd|vd|xvd|hd)[a-z]+$|^\/dev\/nvme\d+n\d+$/.test(device)) {
    found.push(`${device} may be another disk at the next boot; a name below /dev/disk/by-id stays.`);
  }
  if (startMib < RECOMMENDED_START_MIB) {
    found.push(
      `A start at ${startMib} MiB may leave too little to root, which must hold two systems, and installing again may overwrite the partition; OpenShift recommends ${RECOMMENDED_START_MIB} MiB or more.`,
    );
  }
  if (sizeMib > 0 && sizeMib < USUAL_SIZE_MIB) {
    found.push(
      `${sizeMib} MiB may be too small for the images of two releases; deployments would fail after the installation. Usual are ${USUAL_SIZE_MIB} MiB or more.`,
    );
  }
  if (label !== LABELS.ztp && label !== LABELS.machineConfig) {
    found.push(
      `A seed image fits only targets whose partition has the same label, and "${label}" is none of the usual ones (${LABELS.ztp}, ${LABELS.machineConfig}).`,
    );
  }
  return found;
}
