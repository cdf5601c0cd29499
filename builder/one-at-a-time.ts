import { dirname } from 'node:path';
import type { Host } from '../core/host/host.ts';
import { takeLock } from '../core/tools/lock.ts';
import { BuilderError } from './builder-error.ts';

/** Not in the work directory, which goes while it is held; and never part of an image. */
const LOCK_PATH = '/run/lca-seed.lock';

/**
 * Does what no other build and no restore on this node may do at the same time: each begins with undoing what it takes
 * for the rest of an earlier one, real keys in the place of expired ones among it.
 *
 * @throws BuilderError `busy` while another is at work, wherever it was started; one that was killed is not
 */
export async function oneAtATime<Result>(host: Host, work: () => Promise<Result>): Promise<Result> {
  await host.makeDirectory(dirname(LOCK_PATH));
  const lock = await takeLock(host, LOCK_PATH);
  if (lock === undefined) {
    throw new BuilderError('busy', 'Another lca seed create or lca seed restore is at work on this node.', {
      remedy: `Wait until it has ended, or stop it with SIGTERM: it puts the node in order first. What holds ${LOCK_PATH} is a child of it. Run: lslocks --output PID,COMMAND,PATH`,
    });
  }
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
