import { VELERO_API_VERSION } from '../../../core/contract/velero/resource.ts';
import type { Host } from '../../../core/host/host.ts';
import { whenApiAnswers, withClusterApi } from '../cluster-api.ts';
import { nodeId } from '../node-id.ts';
import { clearVelero } from './clear-velero.ts';
import { VELERO_NOTE } from './velero-plan.ts';

/** The cluster may just have been started again. */
const PATIENCE_MS = 5 * 60_000;

/**
 * Has Velero remove this node's backups on the way to Idle. A cluster without Velero has nobody who could: that is said,
 * and what lies in the store stays.
 */
export async function removeVelerosBackups(
  host: Host,
  report: (text: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const clusterId = await nodeId(host);
  await whenApiAnswers(host, PATIENCE_MS, signal, () =>
    withClusterApi(host, signal, async (api) => {
      const types = await api.client.resourceTypes(VELERO_API_VERSION, { signal });
      if (types.some(({ kind }) => kind === 'DeleteBackupRequest'))
        await clearVelero({ host, api, report, signal, clusterId });
      else await report('Velero is not there any more: its backups of this node are left in their store');
    }),
  );
  await host.remove(VELERO_NOTE);
}
