import { containersPartitionRemedy } from '../../../core/containers-partition/suggestion.ts';
import type { Host } from '../../../core/host/host.ts';
import { CONTAINER_STORAGE, containerStorageMount } from '../../../core/platform/container-storage.ts';
import { nodePlatform } from '../../../core/platform/index.ts';
import { StageError } from '../stage-error.ts';

/**
 * What `/var/lib/containers` is mounted from (`What=` of its mount unit), which both stateroots share.
 *
 * @throws StageError `no-container-partition` (upstream's text) if it is not a mount of its own; its remedy is a
 *   configuration to be pasted
 */
export async function containerStorageTarget(host: Host): Promise<string> {
  const what = await containerStorageMount(host);
  if (what !== undefined) {
    await checkImageDirectory(host);
    return what;
  }
  throw new StageError('no-container-partition', 'container storage mountpoint target not found', {
    remedy: await containersPartitionRemedy(host),
  });
}

/** A store of its own in each stateroot would be empty in the new one, whatever is pulled now. */
async function checkImageDirectory(host: Host): Promise<void> {
  const directory = await (await nodePlatform(host)).imageDirectory(host);
  if (directory === CONTAINER_STORAGE || directory.startsWith(`${CONTAINER_STORAGE}/`)) return;
  throw new StageError(
    'no-container-partition',
    `The container runtime keeps its images in ${directory}, which the new stateroot does not share.`,
    {
      remedy: `Move them below ${CONTAINER_STORAGE}: for containerd, set root in /etc/containerd/config.toml.`,
    },
  );
}
