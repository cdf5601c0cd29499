import { messageOf } from '../../core/errors/lca-error.ts';
import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import { KubernetesError } from '../../core/tools/kubernetes/kubernetes-error.ts';
import type {
  KubernetesObject,
  NewObject,
  ResourceType,
} from '../../core/tools/kubernetes/kubernetes-object.ts';
import { APPLY_TYPE, applyTypeOf, type ManifestObject } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { mergeInto } from './merge.ts';

export interface ApplyOptions {
  /** The API checks everything and keeps nothing. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Applies one manifest: made where it is not there, else updated as its apply type says.
 *
 * @param type which resource it is (`ResourceTypes`)
 * @throws ManifestError `rejected` in upstream's words; its cause is the API's answer
 */
export async function applyManifest(
  client: KubernetesClient,
  type: ResourceType,
  manifest: ManifestObject,
  options: ApplyOptions = {},
): Promise<'created' | 'updated' | 'left'> {
  const object = placed(type, manifest);
  const { name, namespace } = object.metadata as { name: string; namespace?: string };
  const called = `${manifest.kind} called ${name}`;
  const live = await attempt('failed to get manifest', () => client.get(type, { name, namespace }, options));
  if (live === undefined) {
    await attempt(`failed to create manifest ${called}`, () => client.create(type, object, options));
    return 'created';
  }
  const how = applyTypeOf(manifest);
  if (how === 'create-only') return 'left';
  const updated = how === 'replace' ? withoutApplyType(object) : merged(live, withoutApplyType(object));
  const { resourceVersion } = live.metadata;
  await attempt(`failed to ${how} manifest ${called}`, () =>
    client.replace(type, { ...updated, metadata: { ...updated.metadata, resourceVersion } }, options),
  );
  return 'updated';
}

/** The manifest where its resource belongs: in namespace `default` unless it says so, or in none. */
function placed({ namespaced }: ResourceType, manifest: ManifestObject): NewObject {
  const { namespace, ...metadata } = manifest.metadata;
  return {
    ...manifest,
    metadata: namespaced ? { ...metadata, namespace: namespace || 'default' } : metadata,
  } as NewObject;
}

function withoutApplyType(object: NewObject): NewObject {
  const { annotations, ...metadata } = object.metadata;
  const { [APPLY_TYPE]: _, ...others } = (annotations ?? {}) as Readonly<Record<string, string>>;
  return {
    ...object,
    metadata: Object.keys(others).length === 0 ? metadata : { ...metadata, annotations: others },
  };
}

function merged(live: KubernetesObject, manifest: NewObject): NewObject {
  return mergeInto(live, manifest) as NewObject;
}

async function attempt<T>(failure: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (!(cause instanceof KubernetesError)) throw cause;
    throw new ManifestError('rejected', `${failure}: ${cause.answer || messageOf(cause)}`, { cause });
  }
}
