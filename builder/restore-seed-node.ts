import type { Host } from '../core/host/host.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { putClusterBack } from './put-cluster-back.ts';
import { startAgain } from './quiet-record.ts';
import { WORK_DIRECTORY } from './work-directory.ts';

/**
 * Makes good what a build, or one that was killed, has done to the node: a cluster's crypto as it was, everything
 * running that was stopped, no working files. Nothing to do is fine.
 *
 * @param ownProcess lca's own process, as the node counts: its container is not stopped
 * @throws BuilderError `busy`; `not-restored`: the next call tries again
 */
export async function restoreSeedNode(host: Host, ownProcess: number): Promise<void> {
  await oneAtATime(host, () => makeGood(host, ownProcess));
}

/** The same, for who has made sure that nobody else is at work. */
export async function makeGood(host: Host, ownProcess: number): Promise<void> {
  await putClusterBack(host, ownProcess);
  await startAgain(host);
  await host.remove(WORK_DIRECTORY);
}
