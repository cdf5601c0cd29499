import type { Host } from '../core/host/host.ts';
import { nodePlatform } from '../core/platform/index.ts';
import { endLeftoverEtcd } from '../core/tools/etcd.ts';
import { hasPodman } from '../core/tools/podman-images.ts';
import { forgetOriginals, putOriginalsBack, stateOfOriginals } from './kept-originals.ts';
import { unrestartableContainers } from './own-container.ts';
import { readQuietRecord, writeQuietRecord } from './quiet-record.ts';
import { runningWorkloads } from './running-workloads.ts';

/**
 * Gives the node its cluster's crypto back, if any of it was changed. After a power cut the cluster runs: then it is
 * stopped, and is among what has to be started again.
 *
 * @param ownProcess lca's own process, as the node counts
 */
export async function putClusterBack(host: Host, ownProcess: number): Promise<void> {
  const state = await stateOfOriginals(host);
  if (state === 'none') return;
  if (await hasPodman(host)) await endLeftoverEtcd(host);
  if (state !== 'unneeded') {
    if (state === 'due') await stopAgain(host, ownProcess);
    await putOriginalsBack(host);
    // stopped last, since half a directory of manifests would not tell what runs; it has read what stood there before
    if (state === 'database-back') await stopAgain(host, ownProcess);
  }
  await forgetOriginals(host);
}

/** Stops what runs. What was stopped before and what is stopped now are on disk before anything stops. */
async function stopAgain(host: Host, ownProcess: number): Promise<void> {
  const unrestartable = await unrestartableContainers(host); // none of them is a cluster's
  const running = (await runningWorkloads(host, ownProcess)).filter(
    ({ name }) => !unrestartable.includes(name),
  );
  const before = (await readQuietRecord(host)) ?? [];
  const isNew = (name: string): boolean => !before.some((workload) => workload.name === name);
  await writeQuietRecord(host, [...running.filter(({ name }) => isNew(name)), ...before]);
  await (await nodePlatform(host)).stopWorkloads(host, running);
}
