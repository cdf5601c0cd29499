import { containersPartitionRemedy } from '../../../core/containers-partition/suggestion.ts';
import type { Host } from '../../../core/host/host.ts';
import { containerStorageMount } from '../../../core/platform/container-storage.ts';
import { StageError } from '../stage-error.ts';

/**
 * What `/var/lib/containers` is mounted from (`What=` of its mount unit), which both stateroots share.
 *
 * @throws StageError `no-container-partition` (upstream's text) if it is not a mount of its own; its remedy is a
 *   configuration to be pasted
 */
export async function containerStorageTarget(host: Host): Promise<string> {
  const what = await containerStorageMount(host);
  if (what !== undefined) return what;
  throw new StageError('no-container-partition', 'container storage mountpoint target not found', {
    remedy: await containersPartitionRemedy(host),
  });
}
