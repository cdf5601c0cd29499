import type { Host } from '../host/host.ts';
import {
  CONTAINER_STORAGE,
  CONTAINER_STORAGE_UNIT,
  containerStorageMount,
} from '../platform/container-storage.ts';
import { escapedPath } from '../tools/unit-path.ts';
import { type Mount, mountAt, mountsOf } from './mount-table.ts';
import { suggestion } from './suggestion.ts';

/** Whether a node's containers survive a change of the stateroot. */
export type ContainersPartitionState =
  | {
      readonly kind: 'shared';
      /** `What=` of the mount unit, as written: a seed image fits only targets with the same. */
      readonly what: string;
      /** What probably goes wrong later, one sentence each. */
      readonly doubts: readonly string[];
    }
  | {
      readonly kind: 'not-shared';
      /** One sentence. */
      readonly because: string;
      /** What to do about it, with a Butane file for this node's disk to be pasted. */
      readonly explanation: string;
    };

/**
 * Looks whether `/var/lib/containers` is a filesystem of its own, mounted by its unit. Prep, making a seed, and the
 * doctor ask; upstream refuses both seed and target without it.
 *
 * @throws HostError if systemd cannot be asked
 */
export async function inspectContainersPartition(host: Host): Promise<ContainersPartitionState> {
  const mounts = mountsOf((await host.readText('/proc/self/mountinfo')) ?? '');
  const what = await containerStorageMount(host);
  const because = notShared(what, mounts);
  if (because !== undefined)
    return { kind: 'not-shared', because, explanation: await suggestion(host, mounts) };
  const unit = await host.run(['systemctl', 'cat', CONTAINER_STORAGE_UNIT], {
    description: `read ${CONTAINER_STORAGE_UNIT}`,
    timeoutMs: 60_000,
  });
  return { kind: 'shared', what: what as string, doubts: unitDoubts(what as string, unit.stdout) };
}

function notShared(what: string | undefined, mounts: readonly Mount[]): string | undefined {
  const mounted = mountAt(mounts, CONTAINER_STORAGE);
  if (what === undefined) {
    return mounted === undefined
      ? `${CONTAINER_STORAGE} is part of the stateroot's own /var: there is no active ${CONTAINER_STORAGE_UNIT}.`
      : `${CONTAINER_STORAGE} is mounted from ${mounted.source}, but not by ${CONTAINER_STORAGE_UNIT}, so another stateroot would not mount it.`;
  }
  const root = mountAt(mounts, '/sysroot') ?? mountAt(mounts, '/');
  if (mounted !== undefined && mounted.device === root?.device) {
    return `${CONTAINER_STORAGE} is mounted from a folder of the root filesystem (${mounted.source}), not from a partition of its own.`;
  }
  return undefined;
}

/**
 * The unit waits for a check of its filesystem, named by the device's path with its dashes escaped. Published examples
 * forget that for `var-lib-containers`: an unescaped dash is a slash, and there is no such device.
 */
function unitDoubts(what: string, unit: string): readonly string[] {
  const right = `systemd-fsck@${escapedPath(what)}.service`;
  return [...unit.matchAll(/^(?:Requires|After)=(systemd-fsck@\S+)$/gm)]
    .map(([, named]) => named as string)
    .filter((named, i, all) => named !== right && all.indexOf(named) === i)
    .map(
      (named) =>
        `${CONTAINER_STORAGE_UNIT} waits for ${named}, which is a check of another device; of ${what} it is ${right}.`,
    );
}
