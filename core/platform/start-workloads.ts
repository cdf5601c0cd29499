import { messageOf } from '../errors/lca-error.ts';
import type { Host } from '../host/host.ts';
import { containerExists, startContainer } from '../tools/podman-containers.ts';
import { startUnit } from '../tools/systemctl.ts';
import type { Workload } from './platform.ts';
import { PlatformError } from './platform-error.ts';

/**
 * Starts what was stopped, last stopped first; one that does not start keeps none of the others down.
 *
 * @returns containers that are gone and so cannot be started: podman removes what was run with `--rm` when it stops
 * @throws PlatformError `not-started` naming all that did not start
 */
export async function startWorkloads(
  host: Host,
  workloads: readonly Workload[],
): Promise<readonly Workload[]> {
  const gone: Workload[] = [];
  const failed: string[] = [];
  let cause: unknown;
  for (const workload of workloads.toReversed()) {
    const { kind, name } = workload;
    try {
      if (kind === 'unit') await startUnit(host, name);
      else if (!(await isStarted(host, name))) gone.push(workload);
    } catch (error) {
      failed.push(`${name} (${messageOf(error).replace(/\.$/, '')})`);
      cause ??= error;
    }
  }
  if (failed.length === 0) return gone;
  throw new PlatformError(
    'not-started',
    `Not everything that was stopped could be started again: ${failed.join('; ')}.`,
    { cause },
  );
}

/** Starts a container; false if there is none of that name. */
async function isStarted(host: Host, name: string): Promise<boolean> {
  try {
    await startContainer(host, name);
  } catch (error) {
    if (await containerExists(host, name)) throw error;
    return false;
  }
  return true;
}
