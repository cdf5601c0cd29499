import { containersPartitionRemedy } from '../../core/containers-partition/suggestion.ts';
import { isAuthFile } from '../../core/contract/auth-file.ts';
import { readObjects } from '../../core/contract/objects.ts';
import { OBJECTS_DIRECTORY } from '../../core/contract/paths.ts';
import { SEED_GENERATOR_SECRET } from '../../core/contract/seed-generator.ts';
import type { Status } from '../../core/contract/status.ts';
import type { Host } from '../../core/host/host.ts';
import { withClusterClient } from '../../core/platform/cluster-client.ts';
import { containerStorageMount } from '../../core/platform/container-storage.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import { seedRefusal } from '../../core/platform/seed-refusal.ts';
import { supportsSetDefault } from '../../core/tools/ostree-admin.ts';
import { isAtRest } from '../stages/state-machine/predicates.ts';
import { SeedGenError } from './seedgen-error.ts';

/**
 * Refuses a node that no seed can be made of, before anything is touched: the documented checks in their order
 * (seed-image.md 1.5) but for those of OpenShift's own files, then the credentials.
 *
 * @throws SeedGenError
 */
export async function admitSeedGenerator(host: Host, status: Status): Promise<void> {
  if (!isAtRest(status)) {
    throw new SeedGenError(
      'rejected',
      'Rejected: An image-based upgrade of this node is in progress, or not finalized',
      { remedy: 'Finish it first: lca idle' },
    );
  }
  if (!(await supportsSetDefault(host))) {
    throw new SeedGenError(
      'rejected',
      'Rejected: Installed release does not support "ostree admin set-default" feature',
    );
  }
  if ((await containerStorageMount(host)) === undefined) {
    throw new SeedGenError('rejected', 'Rejected: Cluster must be configured with shared container storage', {
      remedy: await containersPartitionRemedy(host),
    });
  }
  const { cluster } = await nodePlatform(host);
  const refusal = cluster && (await withClusterClient(host, cluster, seedRefusal));
  if (refusal !== undefined) throw new SeedGenError('rejected', refusal.message, { remedy: refusal.remedy });
  await seedCredentials(host);
}

/**
 * The registry auth file that the Secret holds.
 *
 * @throws SeedGenError `no-credentials`; what the Secret holds is never in its message
 */
export async function seedCredentials(host: Host): Promise<string> {
  const { namespace, name, key } = SEED_GENERATOR_SECRET;
  const secret = (await readObjects(host)).findSecret({ namespace, name });
  if (secret === undefined) {
    throw new SeedGenError('no-credentials', `Secret ${namespace}/${name} is not there.`, {
      remedy: `Make it in the cluster, or put it into a YAML file below ${OBJECTS_DIRECTORY}; then delete the SeedGenerator and make it anew.`,
    });
  }
  const text = secret.data[key];
  if (text === undefined || !isAuthFile(text)) {
    const wrong = text === undefined ? `has no key ${key}` : `has a key ${key} that is no registry auth file`;
    throw new SeedGenError('no-credentials', `Secret ${namespace}/${name} (${secret.file}) ${wrong}.`, {
      remedy: `Put the JSON that "podman login --authfile" writes into ${key}.`,
    });
  }
  return text;
}
