import { clusterFacts } from '../../../core/platform/index.ts';
import { readSysroot } from '../../../core/sysroot/sysroot.ts';
import { containerStorageTarget } from '../../stages/prep/container-storage.ts';
import { checkClusterFit, checkFit, checkOtherVersion } from '../../stages/prep/fit.ts';
import { type DoctorCheck, fine } from '../doctor-check.ts';

/** The registry answers, knows this node, has the seed, and the seed is for a node like this one. */
export const seed: DoctorCheck = {
  name: 'seed',
  async look({ host, request, seed: ask }) {
    const wanted = (await request())?.seedImageRef;
    if (wanted === null || wanted === undefined) return fine('no seed is asked for');
    checkOtherVersion((await readSysroot(host)).booted.stateroot, wanted.version);
    const found = await ask();
    if (found === null) return fine('no seed is asked for');
    checkFit(found, wanted.version, await containerStorageTarget(host));
    checkClusterFit(found.info, await clusterFacts(host));
    return fine(`${wanted.image} is ${found.digest}, for ${found.architecture}`);
  },
};
