import { z } from 'zod';
import { contractError } from '../../../core/contract/contract-error.ts';
import { SITE_DIRECTORY } from '../../../core/contract/paths.ts';
import { parseJson } from '../../../core/contract/source.ts';
import type { Host } from '../../../core/host/host.ts';
import { listIfKnown } from '../../../core/platform/cluster-client.ts';
import {
  CATALOG_SOURCE,
  IMAGE_CONTENT_SOURCE_POLICY,
  IMAGE_DIGEST_MIRROR_SET,
} from '../../../core/tools/kubernetes/known-types.ts';
import type { KubernetesClient } from '../../../core/tools/kubernetes/kubernetes-client.ts';
import {
  type KubernetesObject,
  kubernetesObject,
  type ResourceType,
} from '../../../core/tools/kubernetes/kubernetes-object.ts';
import { NO_PATIENCE, type Patience } from './patience.ts';

/** A file of objects to be created in the new system's cluster. */
export interface Manifest {
  /** Files are applied in the order of their names. */
  readonly file: string;
  readonly items: readonly KubernetesObject[];
}

/**
 * Where a site gets its images and operators from: taken along as it is, in place of the seed's (lifecycle.md 4.3 and
 * 5.2, rows 21 and 22; catalog sources are the site's own too).
 */
const TAKEN_ALONG: readonly { readonly type: ResourceType; readonly file: string }[] = [
  { type: IMAGE_DIGEST_MIRROR_SET, file: 'image-digest-mirror-set.json' },
  { type: IMAGE_CONTENT_SOURCE_POLICY, file: 'image-content-source-policy-list.json' },
  { type: CATALOG_SOURCE, file: 'catalog-source-list.json' },
];

const LIST = z.object({ kind: z.literal('List'), items: z.array(kubernetesObject) });
const directoryOf = (site: string): string => `${site}/manifests`;

/** The site's objects of the types that are taken along; types that the cluster does not have are left out. */
export async function exportManifests(client: KubernetesClient): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = [];
  for (const { type, file } of TAKEN_ALONG) {
    const items = (await listIfKnown(client, type)).map((item) => bare(item, type));
    if (items.length > 0) manifests.push({ file, items });
  }
  return manifests;
}

/** @param site the site's directory in the new system */
export async function writeManifests(
  host: Host,
  site: string,
  manifests: readonly Manifest[],
): Promise<void> {
  for (const { file, items } of manifests) {
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await host.writeAtomic(`${directoryOf(site)}/${file}`, `${text}\n`, { mode: 0o600 });
  }
}

/**
 * Removes the seed's objects of these types, then creates the site's. Can be repeated.
 *
 * @param patiently each question to the cluster is asked by itself, so that none is repeated for another's sake
 * @throws ContractError `bad-value` for a manifest that cannot be read, KubernetesError
 */
export async function applyManifests(
  host: Host,
  client: KubernetesClient,
  patiently: Patience = NO_PATIENCE,
): Promise<void> {
  const manifests = await readManifests(host);
  for (const { type } of TAKEN_ALONG) {
    for (const { metadata } of await patiently(() => listIfKnown(client, type))) {
      const { name, namespace } = metadata;
      await patiently(() => client.remove(type, { name, namespace }));
    }
  }
  for (const { items } of manifests) for (const item of items) await patiently(() => put(client, item));
}

async function readManifests(host: Host): Promise<readonly Manifest[]> {
  const directory = directoryOf(SITE_DIRECTORY);
  const manifests: Manifest[] = [];
  for (const file of await host.list(directory)) {
    if (!file.endsWith('.json')) continue;
    const path = `${directory}/${file}`;
    const list = LIST.safeParse(parseJson(path, (await host.readText(path)) ?? '').value);
    if (!list.success) throw contractError('bad-value', path, 'it is no List of Kubernetes objects');
    manifests.push({ file, items: list.data.items });
  }
  return manifests;
}

async function put(client: KubernetesClient, object: KubernetesObject): Promise<void> {
  const types = await client.resourceTypes(object.apiVersion);
  const type = types.find(({ kind }) => kind === object.kind);
  if (type === undefined) return; // the new system's cluster has no such thing any more
  const there = await client.get(type, {
    name: object.metadata.name,
    namespace: type.namespaced ? (object.metadata.namespace ?? 'default') : undefined,
  });
  const { namespace, ...metadata } = object.metadata;
  const whole = { ...object, metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) } };
  if (there === undefined) await client.create(type, whole);
  else {
    const { resourceVersion } = there.metadata;
    await client.replace(type, { ...whole, metadata: { ...whole.metadata, resourceVersion } });
  }
}

/** Without what the API server gives an object, and without its status. */
function bare({ metadata, ...object }: KubernetesObject, type: ResourceType): KubernetesObject {
  const { name, namespace, labels, annotations } = metadata;
  const { status: _status, ...rest } = object;
  return {
    ...rest,
    apiVersion: type.apiVersion,
    kind: type.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
  };
}
