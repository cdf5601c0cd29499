import type { Host } from '../core/host/host.ts';
import { restoreNode } from './quiet-record.ts';
import { WORK_DIRECTORY } from './work-directory.ts';

/**
 * Makes good what a build, or one that was killed, has done to the node: a cluster's crypto as it was, everything
 * running that was stopped, no working files. Nothing to do is fine.
 *
 * @throws BuilderError `not-restored`; the next call tries again
 */
export async function restoreSeedNode(host: Host): Promise<void> {
  await restoreNode(host);
  await host.remove(WORK_DIRECTORY);
}
