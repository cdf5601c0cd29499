import type { Host } from '../../../core/host/host.ts';
import { StageError } from '../stage-error.ts';

const MIB = 1024 * 1024;
/** Left free on every filesystem: a full root filesystem would strand the running system. */
const RESERVE = 256 * MIB;

/** Bytes that Prep will write, by where. */
export interface SpaceNeeds {
  /** The filesystem of /sysroot and /var: image as fetched, objects, /var and /etc of the new stateroot. */
  readonly system: number;
  /** The container storage: images that are not there yet. */
  readonly images: number;
}

/**
 * Refuses when a filesystem is too small, before anything is fetched.
 *
 * @throws StageError `no-space` naming the filesystem, what is needed and what is free
 */
export async function checkSpace(host: Host, needs: SpaceNeeds): Promise<void> {
  await checkOne(host, '/sysroot', 'the new stateroot', needs.system);
  await checkOne(host, '/var/lib/containers', 'container images', needs.images);
}

async function checkOne(host: Host, path: string, what: string, bytes: number): Promise<void> {
  if (bytes === 0) return;
  const { availableBytes } = await host.usage(path);
  const needed = bytes + RESERVE;
  if (availableBytes >= needed) return;
  throw new StageError(
    'no-space',
    `Not enough space at ${path} for ${what}: ${mebibytes(needed)} needed, ${mebibytes(availableBytes)} free.`,
    { remedy: `Free at least ${mebibytes(needed - availableBytes)} at ${path}.` },
  );
}

/** `1234 MiB` */
export function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / MIB)} MiB`;
}
