import type { Host } from '../../../core/host/host.ts';
import { type Deployment, deploymentsOf, readSysroot, staterootPath } from '../../../core/sysroot/sysroot.ts';
import type { NewSystem } from '../../site/new-system.ts';
import { StageError } from '../stage-error.ts';
import { preparedSeed } from './prepared-seed.ts';

/**
 * The deployment that Prep has made.
 *
 * @throws StageError `not-prepared` if it is not there
 */
export async function newDeployment(host: Host): Promise<Deployment> {
  const { stateroot, commit } = await preparedSeed(host);
  const found = deploymentsOf(await readSysroot(host), stateroot).find(({ checksum }) => checksum === commit);
  if (found !== undefined) return found;
  throw new StageError('not-prepared', `The stateroot ${stateroot} has no deployment of the seed's commit.`, {
    remedy: 'Go through Idle and Prep again.',
  });
}

/** Where the files of the system that Prep has made lie. */
export async function newSystem(host: Host): Promise<NewSystem> {
  const { stateroot, path } = await newDeployment(host);
  return { stateroot, staterootPath: staterootPath(stateroot), deploymentPath: path };
}
