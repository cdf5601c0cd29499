import { seedImageRefOf } from '../../../../core/contract/image-based-upgrade.ts';
import { clusterFacts } from '../../../../core/platform/index.ts';
import { inspectSeed } from '../../../../core/seedimage/inspect-seed.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { readSysroot } from '../../../../core/sysroot/sysroot.ts';
import { authFileFor } from '../../credentials.ts';
import type { StageContext } from '../../stage-context.ts';
import { StageError } from '../../stage-error.ts';
import { staterootName } from '../../stateroot-name.ts';
import { makeWorkspace } from '../../workspace.ts';
import { containerStorageTarget } from '../container-storage.ts';
import { checkCarriedOut, checkClusterFit, checkFit, checkSetDefault, spaceNeeds } from '../fit.ts';
import { findPreparedSeed, writePreparedSeed } from '../prepared-seed.ts';
import { checkSpace } from '../space.ts';

/**
 * Asks the registry what the seed is, without pulling it, and refuses what cannot work: another version, format or
 * architecture, storage laid out differently, too little space. From here on the seed is its digest, not its tag.
 */
export const inspectSeedStep: Step<StageContext> = {
  name: 'inspect-seed',
  summary: 'Check that the seed fits this node',

  async check({ host, request }) {
    const wanted = seedImageRefOf(request);
    const known = await findPreparedSeed(host);
    const done = known !== undefined && known.image === wanted.image && known.version === wanted.version;
    return {
      done,
      because: done ? `the seed is ${known.digest}` : `${wanted.image} has not been looked at yet`,
    };
  },

  async apply({ host, request, report }) {
    checkCarriedOut(request);
    const { image, version } = seedImageRefOf(request);
    const { booted } = await readSysroot(host);
    const stateroot = staterootName(booted.stateroot, version);
    if (stateroot === booted.stateroot) {
      throw new StageError(
        'seed-refused',
        `The node already runs version ${version} (stateroot ${stateroot}).`,
        {
          remedy: 'Ask for another version.',
        },
      );
    }
    await checkSetDefault(host);
    const target = await containerStorageTarget(host);
    await report(`inspecting ${image}`);
    await makeWorkspace(host);
    const authfile = await authFileFor(host, request);
    const seed = await inspectSeed(host, image, authfile === undefined ? {} : { authfile });
    const { lca } = checkFit(seed, version, target);
    checkClusterFit(seed.info, await clusterFacts(host));
    await checkSpace(host, await spaceNeeds(host, seed));
    await writePreparedSeed(host, {
      image,
      version,
      digest: seed.digest,
      pinned: seed.pinned,
      stateroot,
      commit: lca.commit,
      kernelArguments: [...lca.kernel_arguments],
    });
  },
};
