import type { UpgradeRequest } from '../../../core/contract/image-based-upgrade.ts';
import type { SeedInfo } from '../../../core/contract/seed-info.ts';
import type { Host } from '../../../core/host/host.ts';
import type { ClusterFacts } from '../../../core/platform/cluster.ts';
import { imageIds } from '../../../core/platform/index.ts';
import type { SeedDescription } from '../../../core/seedimage/seed-description.ts';
import { supportsSetDefault } from '../../../core/tools/ostree-admin.ts';
import { StageError } from '../stage-error.ts';
import { staterootName } from '../stateroot-name.ts';
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

/** What to do about an update that waits for the next reboot. */
export const GIVE_UP_STAGED =
  'Switch off what stages updates by itself (rpm-ostreed-automatic.timer, zincati.service), and reboot into the update, or give it up. Run: ostree admin undeploy 0';

/**
 * Refuses what cannot be carried out on this node.
 *
 * @param hasCluster whether there is a Kubernetes API that manifests can be applied to
 * @throws StageError `not-supported`
 */
export function checkCarriedOut({ extraManifests }: UpgradeRequest, hasCluster: boolean): void {
  if (extraManifests.length === 0 || hasCluster) return;
  throw new StageError('not-supported', 'spec.extraManifests needs a cluster, and this node has none.', {
    remedy: 'Remove it, and bring what it is about along in the seed.',
  });
}

/**
 * Refuses the version that runs already: its stateroot is in use.
 *
 * @throws StageError `seed-refused`
 */
export function checkOtherVersion(booted: string, version: string): void {
  const stateroot = staterootName(booted, version);
  if (stateroot !== booted) return;
  throw new StageError('seed-refused', `The node already runs version ${version} (stateroot ${stateroot}).`, {
    remedy: 'Ask for another version.',
  });
}

/**
 * Refuses a seed whose cluster is built otherwise: what is compared stands in objects by the thousand, and no re-issue
 * changes it. The node's names, addresses and authorities may differ.
 *
 * @throws StageError `seed-refused`
 */
export function checkClusterFit(seed: SeedInfo, facts: ClusterFacts | undefined): void {
  const refuse = (text: string, remedy: string): never => {
    throw new StageError('seed-refused', text, { remedy });
  };
  if (facts === undefined) return; // a host takes what it is given, as it always has
  if (seed.sno_hostname === '')
    refuse('this node has a cluster, but the seed has none', 'Use a seed of a node with a cluster.');
  const pairs = [
    ['cluster domain', [seed.base_domain], [facts.domain]],
    ['cluster name', [seed.cluster_name], [facts.clusterName]],
    ['service network', seed.service_network_cidr, facts.serviceNetworks],
    ['cluster network', seed.cluster_network_cidr, facts.clusterNetworks],
  ] as const;
  for (const [what, theirs, ours] of pairs) {
    if (theirs.join() === ours.join()) continue;
    refuse(
      `${what} mismatch: seed=${theirs.join(',')}, cluster=${ours.join(',')}`,
      'Use a seed of a cluster that was set up alike.',
    );
  }
  if (seed.node_ips.map(family).join() !== facts.nodeIps.map(family).join())
    refuse(
      `the node has ${facts.nodeIps.length} addresses, and the seed ${seed.node_ips.length}, or of other families`,
      'Use a seed of a node with as many addresses of the same families.',
    );
  if (seed.has_fips !== facts.hasFips)
    refuse('FIPS mode differs between seed and cluster', 'Use a seed from a node with the same FIPS mode.');
}

const family = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);

/**
 * What Prep of a seed writes on this node, and Upgrade after it. The image is kept while it is unpacked, and its objects
 * once more; what is backed up is restored beside what is there.
 *
 * @param backedUp bytes on disk of what Upgrade backs up
 */
export async function spaceNeeds(host: Host, seed: SeedDescription, backedUp: number): Promise<SpaceNeeds> {
  const listed = seed.info.lca?.images ?? [];
  const present = listed.length === 0 ? new Map<string, string>() : await imageIds(host);
  const { ostree, var: data, etc } = seed.unpackedBytes;
  return {
    system: 2 * seed.downloadBytes + 2 * ostree + data + etc + backedUp,
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
