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

/** What becomes of something that is there already: left alone, or brought to what the backup has. */
export const EXISTING_RESOURCE_POLICIES = ['none', 'update'] as const;

const spec = z
  .strictObject({
    ...filters,
    backupName: z.string().min(1),
    scheduleName: orNull(z.string()),
    namespaceMapping: z
      .record(z.string(), z.string())
      .nullish()
      .transform((value) => value ?? {}),
    restorePVs: flag,
    preserveNodePorts: flag,
    restoreStatus: orNull(z.strictObject({ includedResources: names, excludedResources: names })),
    existingResourcePolicy: z
      .enum(['', ...EXISTING_RESOURCE_POLICIES])
      .nullish()
      .transform((value) => (value ? value : null)),
    itemOperationTimeout: duration,
    hooks: anything,
    resourceModifier: anything,
    uploaderConfig: anything,
  })
  .superRefine((value, context) => {
    const lists = (['Namespaces', 'Resources'] as const).flatMap((field) =>
      listProblems({ field, included: value[`included${field}`], excluded: value[`excluded${field}`] }),
    );
    const problems = [
      ...lists,
      ...(value.labelSelector !== null && value.orLabelSelectors.length > 0
        ? ['has both labelSelector and orLabelSelectors']
        : []),
      ...(value.scheduleName ? ['names a scheduleName; lca restores a Backup by backupName'] : []),
      ...(value.resourceModifier !== undefined && value.resourceModifier !== null
        ? ['names a resourceModifier, which needs Velero itself']
        : []),
    ];
    for (const message of problems) context.addIssue({ code: 'custom', message });
  });

const schema = z.strictObject({ ...header, kind: z.literal('Restore'), spec });

/** A Velero Restore as lca works with it. */
export type Restore = ReadOnly<
  ReturnType<typeof decidedMetadata> & {
    kind: 'Restore';
    spec: z.output<typeof spec>;
    /** As the user wrote it. */
    written: Record<string, unknown>;
  }
>;

/** @throws ContractError naming every problem with its place, field and remedy */
export function parseRestore(source: Source): Restore {
  const { metadata, spec: decided } = validate(source, schema, `a Restore (${VELERO_API_VERSION})`);
  const written = z.record(z.string(), z.unknown()).parse(source.value);
  return { kind: 'Restore', ...decidedMetadata(metadata), spec: decided, written };
}
