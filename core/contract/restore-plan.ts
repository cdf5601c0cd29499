import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { RESTORE_PLAN_PATH } from './paths.ts';
import { orNull, type ReadOnly } from './read-only.ts';
import { parseJson } from './source.ts';
import { validate } from './validate.ts';
import { EXISTING_RESOURCE_POLICIES } from './velero/restore.ts';

const plannedRestore = z.object({
  name: z.string().min(1),
  namespace: z.string(),
  backupName: z.string().min(1),
  existingResourcePolicy: orNull(z.enum(EXISTING_RESOURCE_POLICIES)),
  /** The location that its backup lies in; null for the node itself. */
  location: z.string().nullable(),
  /** The Restore as the user wrote it. */
  resource: z.record(z.string(), z.unknown()),
  /** `sha256:…` of the backup's list of checksums: no other backup of that name is ever restored. */
  checksums: z.string().regex(/^sha256:[0-9a-f]{64}$/),
});

const schema = z.object({
  version: z.literal(1),
  /** The request that it was made for (`UpgradeRequest.specHash`). */
  request: z.string(),
  /** Whose backups they are; see `bootagent/backup/node-id.ts`. */
  nodeId: z.string(),
  /** Each wave begins when the one before has ended well. */
  waves: z.array(z.array(plannedRestore)),
});

/** What the first boot of the new system is to restore, written by the old one. */
export type RestorePlan = ReadOnly<z.output<typeof schema>>;
export type PlannedRestore = RestorePlan['waves'][number][number];

/**
 * Reads the plan; null if nothing is to be restored.
 *
 * @throws ContractError if the file is damaged
 */
export async function readRestorePlan(
  host: Host,
  path: string = RESTORE_PLAN_PATH,
): Promise<RestorePlan | null> {
  const text = await host.readText(path);
  return text === undefined ? null : validate(parseJson(path, text), schema, 'the list of restores');
}

export async function writeRestorePlan(
  host: Host,
  plan: RestorePlan,
  path: string = RESTORE_PLAN_PATH,
): Promise<void> {
  await host.writeAtomic(path, `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 });
}
