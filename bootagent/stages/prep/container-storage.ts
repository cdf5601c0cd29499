import type { Host } from '../../../core/host/host.ts';
import { showUnit } from '../../../core/tools/systemctl.ts';
import { StageError } from '../stage-error.ts';

const UNIT = 'var-lib-containers.mount';

/**
 * What `/var/lib/containers` is mounted from (`What=` of its mount unit), which both stateroots share.
 *
 * @throws StageError `no-container-partition` (upstream's text) if it is not a mount of its own
 */
export async function containerStorageTarget(host: Host): Promise<string> {
  const { ActiveState, What } = await showUnit(host, UNIT, ['ActiveState', 'What']);
  if (ActiveState !== 'active' || What === undefined || What === '') {
    throw new StageError('no-container-partition', 'container storage mountpoint target not found', {
      remedy: `Give /var/lib/containers a partition of its own, mounted by ${UNIT}, when the node is installed.`,
    });
  }
  const fragment = await host.run(['systemctl', 'cat', UNIT], {
    description: `read ${UNIT}`,
    timeoutMs: 60_000,
  });
  return /^What=(.+)$/m.exec(fragment.stdout)?.[1]?.trim() ?? What;
}
