import { z } from 'zod';
import { orNull, type ReadOnly } from '../read-only.ts';
import type { Source } from '../source.ts';
import { validate } from '../validate.ts';
import {
  anything,
  decidedMetadata,
  duration,
  filters,
  flag,
  header,
  listProblems,
  names,
  VELERO_API_VERSION,
} from './resource.ts';

/** Fields of the documented Velero API (1.12 to 1.18). */
const spec = z
  .strictObject({
    ...filters,
    includedClusterScopedResources: names,
    excludedClusterScopedResources: names,
    includedNamespaceScopedResources: names,
    excludedNamespaceScopedResources: names,
    orderedResources: z
      .record(z.string(), z.string())
      .nullish()
      .transform((value) => value ?? {}),
    ttl: duration,
    storageLocation: orNull(z.string()),
    csiSnapshotTimeout: duration,
    itemOperationTimeout: duration,
    metadata: anything,
    hooks: anything,
    snapshotVolumes: flag,
    snapshotMoveData: flag,
    defaultVolumesToFsBackup: flag,
    defaultVolumesToRestic: flag,
    volumeSnapshotLocations: names,
    volumeGroupSnapshotLabelKey: orNull(z.string()),
    datamover: orNull(z.string()),
    resourcePolicy: anything,
    uploaderConfig: anything,
  })
  .superRefine((value, context) => {
    for (const message of problemsOfSpec(value)) context.addIssue({ code: 'custom', message });
  });

type Spec = Readonly<Record<string, unknown>> & {
  readonly [Field in
    | `${'included' | 'excluded'}${'' | 'ClusterScoped' | 'NamespaceScoped'}Resources`
    | `${'included' | 'excluded'}Namespaces`]: readonly string[];
};

/** Rules between fields, and fields whose effect lca does not have: a clause each. */
function problemsOfSpec(value: Spec): readonly string[] {
  const old = [...value.includedResources, ...value.excludedResources];
  const scoped = [
    ...value.includedClusterScopedResources,
    ...value.excludedClusterScopedResources,
    ...value.includedNamespaceScopedResources,
    ...value.excludedNamespaceScopedResources,
  ];
  const hasOld = old.length > 0 || value['includeClusterResources'] !== null;
  return [
    ...(hasOld && scoped.length > 0
      ? ['mixes includedResources, excludedResources or includeClusterResources with the scoped filters']
      : []),
    ...listProblems({
      field: 'Namespaces',
      included: value.includedNamespaces,
      excluded: value.excludedNamespaces,
    }),
    ...listProblems({
      field: 'Resources',
      included: value.includedResources,
      excluded: value.excludedResources,
    }),
    ...(['ClusterScopedResources', 'NamespaceScopedResources'] as const).flatMap((field) =>
      listProblems({
        field,
        included: value[`included${field}`],
        excluded: value[`excluded${field}`],
        excludeAll: true,
      }),
    ),
    ...(value['labelSelector'] !== null && (value['orLabelSelectors'] as readonly unknown[]).length > 0
      ? ['has both labelSelector and orLabelSelectors']
      : []),
    ...['snapshotVolumes', 'snapshotMoveData', 'defaultVolumesToFsBackup', 'defaultVolumesToRestic']
      .filter((field) => value[field] === true)
      .map((field) => `asks for ${field}, which needs Velero itself`),
    ...((value['volumeSnapshotLocations'] as readonly string[]).length > 0
      ? ['names volumeSnapshotLocations, which needs Velero itself']
      : []),
    ...(value['resourcePolicy'] !== undefined && value['resourcePolicy'] !== null
      ? ['names a resourcePolicy, which needs Velero itself']
      : []),
  ];
}

const schema = z.strictObject({ ...header, kind: z.literal('Backup'), spec: spec.prefault({}) });

/** A Velero Backup as lca works with it. */
export type Backup = ReadOnly<
  ReturnType<typeof decidedMetadata> & {
    kind: 'Backup';
    spec: z.output<typeof spec>;
    /** The spec as the user wrote it, for the stored resource. */
    writtenSpec: Record<string, unknown>;
  }
>;

const written = z.looseObject({ spec: z.record(z.string(), z.unknown()).nullish() });

/** @throws ContractError naming every problem with its place, field and remedy */
export function parseBackup(source: Source): Backup {
  const { metadata, spec: decided } = validate(source, schema, `a Backup (${VELERO_API_VERSION})`);
  const writtenSpec = written.parse(source.value).spec ?? {};
  return { kind: 'Backup', ...decidedMetadata(metadata), spec: decided, writtenSpec };
}
