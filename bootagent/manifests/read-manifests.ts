import type { ObjectRef } from '../../core/contract/image-based-upgrade.ts';
import type { ConfigMap, Objects } from '../../core/contract/objects.ts';
import { parseYamlDocuments } from '../../core/contract/source.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import { APPLY_WAVE, LAST_WAVE, type Manifest, manifestObject } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';

/** Kinds that reboot the node or change its operators, which must be the seed's (backup-restore.md §2.2). */
const NOT_ALLOWED: readonly (readonly [apiVersion: string, kind: string])[] = [
  ['machineconfiguration.openshift.io/v1', 'MachineConfig'],
  ['operators.coreos.com/v1alpha1', 'ClusterServiceVersion'],
  ['operators.coreos.com/v1alpha1', 'InstallPlan'],
  ['operators.coreos.com/v1alpha1', 'Subscription'],
];

/** Set by an API server; they would make a manifest belong to one object that is gone. */
const OF_THE_SERVER = ['uid', 'resourceVersion'] as const;

/**
 * The manifests in the ConfigMaps of `spec.extraManifests`, in the order in which they are written: ConfigMaps as
 * listed, keys sorted, documents as they stand. A ConfigMap named twice counts once; documents without content are
 * passed over.
 *
 * @throws ManifestError `invalid` with everything that is wrong, in upstream's words
 */
export function readManifests(objects: Objects, refs: readonly ObjectRef[]): readonly Manifest[] {
  const problems: string[] = [];
  const manifests: Manifest[] = [];
  const unique = new Map(refs.map((ref) => [`${ref.namespace}/${ref.name}`, ref]));
  for (const ref of unique.values()) {
    for (const [key, text] of Object.entries(configMap(objects, ref).data).toSorted(([a], [b]) =>
      a < b ? -1 : 1,
    ))
      manifests.push(...documents(ref, key, text, problems));
  }
  if (problems.length === 0) return manifests;
  throw new ManifestError('invalid', validationText(problems), {
    remedy: 'Correct the manifests in these ConfigMaps, or take the ConfigMaps out of spec.extraManifests.',
  });
}

/** Several findings in one text. */
export function validationText(problems: readonly string[]): string {
  return `failed to validate extramanifest cms: ${problems.join('; ')}`;
}

function configMap(objects: Objects, ref: ObjectRef): ConfigMap {
  try {
    return objects.configMap(ref, 'spec.extraManifests');
  } catch (cause) {
    throw new ManifestError(
      'invalid',
      `failed to validate extramanifest cms: the extraManifests configMap is not found, error: ${messageOf(cause)}. Please create the configMap.`,
      { cause },
    );
  }
}

function documents(ref: ObjectRef, key: string, text: string, problems: string[]): readonly Manifest[] {
  const where = `failed to decode ${key} in the configMap ${ref.name}`;
  try {
    return parseYamlDocuments(`${ref.namespace}/${ref.name} ${key}`, text).flatMap(({ value }, index) => {
      const parsed = manifestObject.safeParse(value);
      if (parsed.success) return manifestOf(parsed.data, problems) ?? [];
      const [issue] = parsed.error.issues;
      problems.push(`${where}: document ${index + 1}: ${issue?.path.join('.')}: ${issue?.message}`);
      return [];
    });
  } catch (error) {
    problems.push(`${where}: ${messageOf(error)}`);
    return [];
  }
}

function manifestOf(object: Manifest['object'], problems: string[]): Manifest | undefined {
  const { kind, apiVersion, metadata } = object;
  const { name = '' } = metadata;
  const before = problems.length;
  if (name === '') problems.push(`${kind} resource name is empty`);
  if (NOT_ALLOWED.some(([version, forbidden]) => version === apiVersion && forbidden === kind))
    problems.push(`${kind}[${name}] in extramanifests is not allowed`);
  const wave = waveOf(metadata.annotations?.[APPLY_WAVE]);
  if (wave === undefined) {
    problems.push(
      `error convert: ${kind}[${name}] has ${APPLY_WAVE}: ${JSON.stringify(metadata.annotations?.[APPLY_WAVE])}, which is no integer`,
    );
  }
  if (problems.length > before || wave === undefined) return undefined;
  return { object: withoutServerFields(object), name, namespace: metadata.namespace ?? '', wave };
}

function waveOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return LAST_WAVE;
  return /^[+-]?\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function withoutServerFields(object: Manifest['object']): Manifest['object'] {
  const metadata = { ...object.metadata };
  for (const field of OF_THE_SERVER) delete metadata[field];
  return { ...object, metadata };
}
