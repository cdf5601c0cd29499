import { RESTORES_DIRECTORY } from '../../core/contract/paths.ts';
import type { RestorePlan } from '../../core/contract/restore-plan.ts';
import { carryOutResourceRestores, type ResourceRestoreOptions } from './carry-out-resource-restores.ts';
import { whenApiAnswers, withClusterApi } from './cluster-api.ts';
import { releaseVolumes } from './protected-volumes.ts';
import { Stores } from './store/locations.ts';

/** That volumes have their reclaim policy back: holds the plan's request. */
export const RELEASED_MARK = `${RESTORES_DIRECTORY}/volumes-released`;

/** Brings the resources of a plan into the node's own cluster; volumes get the reclaim policy back that they had. */
export async function restoreFromArchives(
  options: Pick<ResourceRestoreOptions, 'host' | 'report' | 'note' | 'signal' | 'patienceMs'>,
  plan: RestorePlan,
): Promise<void> {
  const { host, signal, patienceMs } = options;
  await withClusterApi(host, signal, async (api) => {
    const stores = new Stores(host, signal, patienceMs);
    await carryOutResourceRestores({ ...options, storeAt: (location) => stores.at(location), api }, plan);
    await whenApiAnswers(host, patienceMs, signal, () => releaseVolumes(api.client, signal));
    await host.writeAtomic(RELEASED_MARK, plan.request, { mode: 0o600 });
  });
}
