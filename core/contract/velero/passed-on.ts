import { z } from 'zod';
import type { ReadOnly } from '../read-only.ts';
import type { Source } from '../source.ts';
import { validate } from '../validate.ts';
import { decidedMetadata, header } from './resource.ts';

const backupSchema = z.looseObject({
  ...header,
  kind: z.literal('Backup'),
  spec: z.looseObject({}).nullish(),
});
const restoreSchema = z.looseObject({
  ...header,
  kind: z.literal('Restore'),
  spec: z.looseObject({ backupName: z.string().min(1) }),
});
const written = z.record(z.string(), z.unknown());

/** A Backup that Velero carries out: lca looks at its metadata alone, and the API server at the rest. */
export type PassedBackup = ReadOnly<
  ReturnType<typeof decidedMetadata> & { kind: 'Backup'; written: z.output<typeof written> }
>;

/** The same for a Restore. */
export type PassedRestore = ReadOnly<
  ReturnType<typeof decidedMetadata> & {
    kind: 'Restore';
    spec: { backupName: string };
    written: z.output<typeof written>;
  }
>;

/** @throws ContractError naming every problem with its place, field and remedy */
export function parsePassedBackup(source: Source): PassedBackup {
  const { metadata } = validate(source, backupSchema, 'a Backup (velero.io/v1)');
  return { kind: 'Backup', ...decidedMetadata(metadata), written: written.parse(source.value) };
}

/** @throws ContractError naming every problem with its place, field and remedy */
export function parsePassedRestore(source: Source): PassedRestore {
  const { metadata, spec } = validate(source, restoreSchema, 'a Restore (velero.io/v1)');
  const { backupName } = spec;
  return {
    kind: 'Restore',
    ...decidedMetadata(metadata),
    spec: { backupName },
    written: written.parse(source.value),
  };
}
