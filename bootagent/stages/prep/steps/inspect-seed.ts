import { seedImageRefOf } from '../../../../core/contract/image-based-upgrade.ts';
import { inspectSeed } from '../../../../core/seedimage/inspect-seed.ts';
import type { SeedDescription } from '../../../../core/seedimage/seed-description.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { readSysroot } from '../../../../core/sysroot/sysroot.ts';
import { supportsSetDefault } from '../../../../core/tools/ostree-admin.ts';
import { podmanImageIds } from '../../../../core/tools/podman-images.ts';
import { authFileFor } from '../../credentials.ts';
import type { StageContext } from '../../stage-context.ts';
import { StageError } from '../../stage-error.ts';
import { staterootName } from '../../stateroot-name.ts';
import { makeWorkspace } from '../../workspace.ts';
import { containerStorageTarget } from '../container-storage.ts';
import { imageSpaceNeeded } from '../image-space.ts';
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
    if (!(await supportsSetDefault(host))) {
      throw new StageError(
        'seed-refused',
        'Installed release does not support "ostree admin set-default" feature',
        {
          remedy:
            'Update ostree on this node (2023.1 or newer): without it a new system could never be confirmed.',
        },
      );
    }
    const target = await containerStorageTarget(host);
    await report(`inspecting ${image}`);
    await makeWorkspace(host);
    const authfile = await authFileFor(host, request);
    const seed = await inspectSeed(host, image, authfile === undefined ? {} : { authfile });
    const { lca } = checkFit(seed, version, target);
    const present = lca.images.length === 0 ? new Map() : await podmanImageIds(host);
    await checkSpace(host, {
      system:
        2 * seed.downloadBytes +
        2 * seed.unpackedBytes.ostree +
        seed.unpackedBytes.var +
        seed.unpackedBytes.etc,
      images: imageSpaceNeeded(seed.info, (pullSpec) => present.has(pullSpec)),
    });
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

/** Compares what the seed says of itself with the request and the node; texts are upstream's where it has them. */
function checkFit(
  seed: SeedDescription,
  version: string,
  target: string,
): { lca: NonNullable<SeedDescription['info']['lca']> } {
  const {
    seed_cluster_ocp_version: seedVersion,
    container_storage_mountpoint_target: seedTarget,
    lca,
  } = seed.info;
  if (seedVersion !== version) {
    throw new StageError(
      'seed-refused',
      `version specified in seed image (${seedVersion}) differs from version in spec (${version})`,
      { remedy: `Set spec.seedImageRef.version to ${seedVersion}, or name the image of version ${version}.` },
    );
  }
  if (seedTarget !== '' && seedTarget !== target) {
    throw new StageError(
      'seed-refused',
      `container storage mountpoint target mismatch: seed=${seedTarget}, cluster=${target}`,
      { remedy: 'Seed and target must have /var/lib/containers on a partition of the same label.' },
    );
  }
  if (lca === null) {
    throw new StageError('seed-refused', 'The seed image does not say which ostree commit it holds.', {
      remedy: 'Build the seed again with lca seed create.',
    });
  }
  return { lca };
}
