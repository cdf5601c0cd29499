import { z } from 'zod';

/** Ascending order of application; as a Backup's (backup-restore.md §1.4). */
export const APPLY_WAVE = 'lca.openshift.io/apply-wave';
export const APPLY_TYPE = 'lca.openshift.io/apply-type';
/** On objects in policies: the release they are meant for. */
export const TARGET_VERSION = 'lca.openshift.io/target-ocp-version';
/** Manifests without a wave come last. */
export const LAST_WAVE = 2_147_483_647;

const texts = z.record(z.string(), z.string()).nullish();

/** What a manifest must have to be applied; the rest is kept as it is. */
export const manifestObject = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z
    .looseObject({
      name: z.string().optional(),
      namespace: z.string().optional(),
      labels: texts,
      annotations: texts,
    })
    .default({}),
});
export type ManifestObject = z.output<typeof manifestObject>;

/** A manifest with a name. */
export interface Manifest {
  readonly object: ManifestObject;
  readonly name: string;
  /** Empty where the manifest says none. */
  readonly namespace: string;
  readonly wave: number;
}

/**
 * How an object that is there already is updated: as the manifest says (`replace`), with the manifest merged into it
 * (`merge`), or not at all, which is what any other value has always meant.
 */
export type ApplyType = 'replace' | 'merge' | 'create-only';

export function applyTypeOf({ metadata }: ManifestObject): ApplyType {
  const value = metadata.annotations?.[APPLY_TYPE];
  if (value === undefined || value === 'replace') return 'replace';
  return value === 'merge' ? 'merge' : 'create-only';
}

/** `ConfigMap[site]`, as upstream's findings name a manifest. */
export function shortName({ object, name }: Manifest): string {
  return `${object.kind}[${name}]`;
}

/** Manifests by wave, and by name within one; each group is applied before the next begins. */
export function inWaves(manifests: readonly Manifest[]): readonly (readonly Manifest[])[] {
  const sorted = manifests.toSorted(
    (a, b) => a.wave - b.wave || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const groups: Manifest[][] = [];
  for (const manifest of sorted) {
    const group = groups.at(-1);
    if (group?.[0]?.wave === manifest.wave) group.push(manifest);
    else groups.push([manifest]);
  }
  return groups;
}
