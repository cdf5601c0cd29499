import { clusterFacts } from '../../../core/platform/index.ts';
import { containerStorageTarget } from '../../stages/prep/container-storage.ts';
import { checkClusterFit, checkFit } from '../../stages/prep/fit.ts';
import { type DoctorCheck, fine } from '../doctor-check.ts';

/** The registry answers, knows this node, has the seed, and the seed is for a node like this one. */
export const seed: DoctorCheck = {
  name: 'seed',
  async look({ host, request, seed: ask }) {
    const wanted = (await request())?.seedImageRef;
    const found = await ask();
    if (found === null || wanted === null || wanted === undefined) return fine('no seed is asked for');
    checkFit(found, wanted.version, await containerStorageTarget(host));
    checkClusterFit(found.info, await clusterFacts(host));
    return fine(`${wanted.image} is ${found.digest}, for ${found.architecture}`);
  },
};
