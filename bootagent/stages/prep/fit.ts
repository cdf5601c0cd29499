import type { UpgradeRequest } from '../../../core/contract/image-based-upgrade.ts';
import type { Host } from '../../../core/host/host.ts';
import { imageIds } from '../../../core/platform/index.ts';
import type { SeedDescription } from '../../../core/seedimage/seed-description.ts';
import { supportsSetDefault } from '../../../core/tools/ostree-admin.ts';
import { StageError } from '../stage-error.ts';
import { imageSpaceNeeded } from './image-space.ts';
import type { SpaceNeeds } from './space.ts';

/**
 * Refuses a node on which a new system could never be made the default.
 *
 * @throws StageError `seed-refused` (upstream's text)
 */
export async function checkSetDefault(host: Host): Promise<void> {
  if (await supportsSetDefault(host)) return;
  throw new StageError(
    'seed-refused',
    'Installed release does not support "ostree admin set-default" feature',
    {
      remedy:
        'Update ostree on this node (2023.1 or newer): without it a new system could never be confirmed.',
    },
  );
}

/**
 * Refuses what this version of lca reads but does not carry out: an upgrade without the backup that was asked for would
 * lose data without a word.
 *
 * @throws StageError `not-supported`
 */
export function checkCarriedOut({ oadpContent, extraManifests }: UpgradeRequest): void {
  const field =
    oadpContent.length > 0 ? 'oadpContent' : extraManifests.length > 0 ? 'extraManifests' : undefined;
  if (field === undefined) return;
  throw new StageError('not-supported', `This version of lca does not carry out spec.${field}.`, {
    remedy:
      field === 'oadpContent'
        ? 'Remove it, and name the paths that are to keep their data in spec.lca.carryOver.'
        : 'Remove it, and bring the manifests along in the seed, or apply them after the upgrade.',
  });
}

/** What Prep of a seed writes on this node. The image is kept while it is unpacked, and its objects once more. */
export async function spaceNeeds(host: Host, seed: SeedDescription): Promise<SpaceNeeds> {
  const listed = seed.info.lca?.images ?? [];
  const present = listed.length === 0 ? new Map<string, string>() : await imageIds(host);
  const { ostree, var: data, etc } = seed.unpackedBytes;
  return {
    system: 2 * seed.downloadBytes + 2 * ostree + data + etc,
    images: imageSpaceNeeded(seed.info, (pullSpec) => present.has(pullSpec)),
  };
}

/**
 * Compares what the seed says of itself with the request and the node; texts are upstream's where it has them.
 *
 * @param target what this node's container storage is mounted from
 * @throws StageError `seed-refused`
 */
export function checkFit(
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
