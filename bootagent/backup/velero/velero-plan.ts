import { z } from 'zod';
import { BACKUP_DIRECTORY, RESTORES_DIRECTORY, WORKSPACE_DIRECTORY } from '../../../core/contract/paths.ts';
import type { ReadOnly } from '../../../core/contract/read-only.ts';
import { parseJson } from '../../../core/contract/source.ts';
import { validate } from '../../../core/contract/validate.ts';
import type { Host } from '../../../core/host/host.ts';

/** In the old system, until it is handed over. Full of secrets. */
export const EXPORTED_PLAN = `${WORKSPACE_DIRECTORY}/velero.json`;
/** In the new system. */
export const VELERO_PLAN = `${RESTORES_DIRECTORY}/velero.json`;
/** Beside the stateroots: that Velero has backups of this node, to be removed on the way to Idle. No secrets. */
export const VELERO_NOTE = `${BACKUP_DIRECTORY}/velero.json`;

const object = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
});
const schema = z.object({
  version: z.literal(1),
  /** The request that it was made for (`UpgradeRequest.specHash`). */
  request: z.string(),
  /** The clusterID label of this node's Backups. */
  clusterId: z.string(),
  /** What Velero needs to find its backups: Secrets, a DataProtectionApplication, BackupStorageLocations, in this order. */
  configuration: z.array(object),
  /** Restores; each wave begins when the one before has ended well. */
  waves: z.array(z.array(object)),
});

/** What the new system is to tell Velero. */
export type VeleroPlan = ReadOnly<z.output<typeof schema>>;
export type PlannedObject = VeleroPlan['configuration'][number];

/**
 * @returns null if Velero has nothing to restore
 * @throws ContractError if the file is damaged
 */
export async function readVeleroPlan(host: Host, path: string = VELERO_PLAN): Promise<VeleroPlan | null> {
  const text = await host.readText(path);
  return text === undefined ? null : validate(parseJson(path, text), schema, 'the plan for Velero');
}

export async function writeVeleroPlan(host: Host, plan: VeleroPlan, path: string): Promise<void> {
  await host.writeAtomic(path, JSON.stringify(plan), { mode: 0o600 });
}
