import type { Path } from '../../report/path.ts';
import type { Disk, Partition } from '../../schema/storage.ts';
import { pathProblem } from './path-rules.ts';
import type { Findings } from './validate-ignition.ts';

const GUID = /^(|[\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12})$/;
const NOT_A_GUID = `doesn't match the form "01234567-89AB-CDEF-EDCB-A98765432101"`;

export function checkDisk({ device = '', partitions = [] }: Disk, path: Path, { error }: Findings): void {
  if (device === '') return error([...path, 'device'], 'disk device is required');
  error([...path, 'device'], pathProblem(device));
  const colliding = firstRepeated(partitions, ({ number = 0 }) => (number === 0 ? undefined : number));
  if (colliding !== -1) error([...path, 'partitions', colliding], 'partition numbers collide');
  const overlapping = firstOverlapping(partitions);
  if (overlapping !== -1) error([...path, 'partitions', overlapping], 'partitions overlap');
  const hasAutomatic = partitions.some(({ number = 0 }) => number === 0);
  if (hasAutomatic && partitions.some(({ shouldExist }) => shouldExist === false)) {
    error(
      [...path, 'partitions'],
      'shouldExist is false for a partition and other partition(s) has start or size 0',
    );
  }
  const relabelled = firstRepeated(partitions, ({ label }) => label);
  if (relabelled !== -1)
    error([...path, 'partitions', relabelled], 'cannot use the same partition label twice');
}

export function checkPartition(partition: Partition, path: Path, { error }: Findings): void {
  const { shouldExist, typeGuid, guid, startMiB, sizeMiB, number = 0, label } = partition;
  const given = [label, startMiB, sizeMiB, typeGuid || undefined, guid || undefined];
  const says = given.some((value) => value !== undefined);
  if (shouldExist === false && says)
    error(path, 'shouldExist specified false with other options also specified');
  if (number === 0 && label === undefined)
    error(path, 'a partition number >= 1 or a label must be specified');
  error([...path, 'label'], labelProblem(label));
  error([...path, 'guid'], GUID.test(guid ?? '') ? undefined : NOT_A_GUID);
  error([...path, 'typeGuid'], GUID.test(typeGuid ?? '') ? undefined : NOT_A_GUID);
}

function labelProblem(label = ''): string | undefined {
  if (Buffer.byteLength(label) > 36) return 'partition labels may not exceed 36 characters';
  return label.includes(':') ? 'partition label will be truncated to text before the colon' : undefined;
}

/** The index of the first item whose key an earlier one has; -1 if there is none. */
function firstRepeated<T>(items: readonly T[], keyOf: (item: T) => string | number | undefined): number {
  const seen = new Set<string | number>();
  return items.findIndex((item) => {
    const key = keyOf(item);
    if (key === undefined) return false;
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  });
}

/** The index of the first partition that overlaps an earlier one; -1 if none does. */
function firstOverlapping(partitions: readonly Partition[]): number {
  const extents = partitions.map(extentOf);
  for (const [i, one] of extents.entries()) {
    const other = extents.findIndex(
      (later, j) => j > i && one !== undefined && later !== undefined && overlap(one, later),
    );
    if (other !== -1) return other;
  }
  return -1;
}

interface Extent {
  readonly start: number;
  readonly end: number;
}

/** Known only of partitions with a start and a size; one that fills the disk counts as its start. */
function extentOf({ startMiB = 0, sizeMiB }: Partition): Extent | undefined {
  if (startMiB === 0 || sizeMiB === undefined) return undefined;
  return { start: startMiB, end: sizeMiB === 0 ? startMiB : startMiB + sizeMiB - 1 };
}

function overlap(a: Extent, b: Extent): boolean {
  const within = (point: number, { start, end }: Extent): boolean => point >= start && point <= end;
  return within(a.start, b) || within(a.end, b) || (a.start < b.start && a.end > b.end);
}
