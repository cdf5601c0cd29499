import { seedImageRefOf } from '../../../../core/contract/image-based-upgrade.ts';
import { clusterFacts } from '../../../../core/platform/index.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { readSysroot } from '../../../../core/sysroot/sysroot.ts';
import type { StageContext } from '../../stage-context.ts';
import { StageError } from '../../stage-error.ts';
import { staterootName } from '../../stateroot-name.ts';
import { makeWorkspace } from '../../workspace.ts';
import { containerStorageTarget } from '../container-storage.ts';
import { examineNode } from '../examine-node.ts';
import { checkClusterFit, checkFit } from '../fit.ts';
import { findPreparedSeed, writePreparedSeed } from '../prepared-seed.ts';

/**
 * Looks at node, request and seed with the doctor's list, without pulling anything, and refuses what cannot work. From
 * here on the seed is its digest, not its tag.
 */
export const inspectSeedStep: Step<StageContext> = {
  name: 'inspect-seed',
  summary: 'Check the node, and that the seed fits it',

  async check({ host, request }) {
    const wanted = seedImageRefOf(request);
    const known = await findPreparedSeed(host);
    const done = known !== undefined && known.image === wanted.image && known.version === wanted.version;
    return {
      done,
      because: done ? `the seed is ${known.digest}` : `${wanted.image} has not been looked at yet`,
    };
  },

  async apply(context) {
    const { host, request, report } = context;
    const { image, version } = seedImageRefOf(request);
    await report(`inspecting ${image}`);
    await makeWorkspace(host);
    const seed = await (await examineNode(context)).seed();
    if (seed === null) throw new StageError('seed-refused', 'The request names no seed.');
    const { lca } = checkFit(seed, version, await containerStorageTarget(host));
    checkClusterFit(seed.info, await clusterFacts(host));
    const { booted } = await readSysroot(host);
    await writePreparedSeed(host, {
      image,
      version,
      digest: seed.digest,
      pinned: seed.pinned,
      stateroot: staterootName(booted.stateroot, version),
      commit: lca.commit,
      kernelArguments: [...lca.kernel_arguments],
    });
  },
};
