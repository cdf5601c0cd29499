import type { Host } from '../host/host.ts';
import { showUnit } from '../tools/systemctl.ts';

export const CONTAINER_STORAGE = '/var/lib/containers';
export const CONTAINER_STORAGE_UNIT = 'var-lib-containers.mount';

/**
 * What `/var/lib/containers` is mounted from: the first `What=` of its mount unit, as written there (upstream's rule,
 * seed-image.md 3.4). Undefined if it is no mount of its own.
 */
export async function containerStorageMount(host: Host): Promise<string | undefined> {
  const { ActiveState, What } = await showUnit(host, CONTAINER_STORAGE_UNIT, ['ActiveState', 'What']);
  if (ActiveState !== 'active' || What === undefined || What === '') return undefined;
  const unit = await host.run(['systemctl', 'cat', CONTAINER_STORAGE_UNIT], {
    description: `read ${CONTAINER_STORAGE_UNIT}`,
    timeoutMs: 60_000,
  });
  return /^What=(.+)$/m.exec(unit.stdout)?.[1]?.trim() ?? What;
}
