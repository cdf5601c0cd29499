import type { RestorePlan } from '../../core/contract/restore-plan.ts';
import { carryOutResourceRestores, type ResourceRestoreOptions } from './carry-out-resource-restores.ts';
import { whenApiAnswers, withClusterApi } from './cluster-api.ts';
import { releaseVolumes } from './protected-volumes.ts';
import { Stores } from './store/locations.ts';

/** Brings the resources of a plan into the node's own cluster; volumes get the reclaim policy back that they had. */
export async function restoreFromArchives(
  options: Pick<ResourceRestoreOptions, 'host' | 'report' | 'signal' | 'patienceMs'>,
  plan: RestorePlan,
): Promise<void> {
  const { host, signal, patienceMs } = options;
  await withClusterApi(host, signal, async (api) => {
    const stores = new Stores(host, signal);
    await carryOutResourceRestores({ ...options, storeAt: (location) => stores.at(location), api }, plan);
    await whenApiAnswers(host, patienceMs, signal, () => releaseVolumes(api.client, signal));
  });
}
