import { messageOf } from '../../core/errors/lca-error.ts';
import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import { KubernetesError } from '../../core/tools/kubernetes/kubernetes-error.ts';
import { applyManifest } from './apply-manifest.ts';
import { type Manifest, shortName } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { validationText } from './read-manifests.ts';
import { ResourceTypes } from './resource-types.ts';

const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false } as const;
/** On namespaces that are there only for a dry run; one that a crash has left is known by it. */
const FOR_DRY_RUN = 'lca.openshift.io/for-dry-run';

/**
 * Asks the API what it would say to each manifest, in a server-side dry run (backup-restore.md §2.2). A namespace that
 * an earlier manifest makes is made for the time of the question, and gone afterwards.
 *
 * @returns warnings, in upstream's words: what may be otherwise in the new system
 * @throws ManifestError `invalid` for an answer that is neither yes nor about the manifest itself
 */
export async function validateManifests(
  client: KubernetesClient,
  manifests: readonly Manifest[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const warnings: string[] = [];
  const types = new ResourceTypes(client);
  const coming = new Set<string>();
  const made = new Set<string>();
  await removeLeftOvers(client, signal);
  try {
    for (const manifest of manifests) {
      const { object, name, namespace } = manifest;
      if (object.kind === 'Namespace' && object.apiVersion === 'v1') {
        coming.add(name);
        continue;
      }
      if (namespace !== '' && namespace !== 'default' && !made.has(namespace)) {
        if ((await asked(() => client.get(NAMESPACE, { name: namespace }, { signal }))) === undefined) {
          if (!coming.has(namespace)) {
            warnings.push(
              `${shortName(manifest)} - namespace ${namespace} not found on cluster or not added in configmap in right order`,
            );
            continue;
          }
          await asked(() => client.create(NAMESPACE, forDryRun(namespace), { signal }));
          made.add(namespace);
        }
      }
      const warning = await dryRun(client, types, manifest, signal);
      if (warning !== undefined) warnings.push(warning);
    }
  } finally {
    for (const namespace of made) await client.remove(NAMESPACE, { name: namespace });
  }
  return warnings;
}

async function dryRun(
  client: KubernetesClient,
  types: ResourceTypes,
  manifest: Manifest,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const type = await asked(() => types.of(manifest.object, signal));
  if (type === undefined) return `${shortName(manifest)} - CRD not deployed on cluster`;
  try {
    await applyManifest(client, type, manifest.object, { dryRun: true, signal });
    return undefined;
  } catch (error) {
    const { cause } = error instanceof Error ? error : {};
    if (!(cause instanceof KubernetesError) || cause.code !== 'invalid') throw failed(error);
    return `${shortName(manifest)} - dryrun failed in namespace ${manifest.namespace || 'default'}: ${cause.answer || cause.message}`;
  }
}

async function removeLeftOvers(client: KubernetesClient, signal: AbortSignal | undefined): Promise<void> {
  const { items } = await asked(() => client.list(NAMESPACE, { labelSelector: FOR_DRY_RUN, signal }));
  for (const { metadata } of items)
    await asked(() => client.remove(NAMESPACE, { name: metadata.name }, { signal }));
}

function forDryRun(name: string) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { [FOR_DRY_RUN]: 'true' } } };
}

async function asked<T>(call: () => Promise<T>): Promise<T> {
  return call().catch((error: unknown) => {
    throw failed(error);
  });
}

function failed(cause: unknown): unknown {
  if (!(cause instanceof KubernetesError || cause instanceof ManifestError)) return cause;
  return new ManifestError(
    'invalid',
    validationText([`failed to validate manifest with dryrun: ${messageOf(cause)}`]),
    { cause },
  );
}
