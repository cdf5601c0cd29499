import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import { VELERO_API_VERSION } from '../../core/contract/velero/resource.ts';
import type { Host } from '../../core/host/host.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import type { CheckAnswer } from '../../core/sequence/step.ts';
import type { StageContext } from '../stages/stage-context.ts';
import { type EngineName, readBegunBackups } from './begun-backups.ts';
import { withClusterApi } from './cluster-api.ts';

/** What an engine works with before the pivot. */
export type BackupTask = Pick<StageContext, 'host' | 'request' | 'report' | 'signal'>;

/**
 * Who stores application data before the pivot. All methods may be called again after a crash. In this order: `check`,
 * `begin` while the cluster runs, `make` after workloads have been stopped, `handOver` at the end.
 */
export interface BackupEngine {
  readonly name: EngineName;
  /** All that is asked for can be done; changes nothing. @throws BackupError, ContractError, KubernetesError */
  check(task: Pick<BackupTask, 'host' | 'request' | 'signal'>): Promise<void>;
  /** What is stored and restored on this node has its place; a look that asks no cluster. @throws BackupError */
  checkPlaces(task: Pick<BackupTask, 'host' | 'request'>): Promise<void>;
  /** Bytes on disk that restored data will take. */
  restoredBytes(task: Pick<BackupTask, 'host' | 'request'>): Promise<number>;
  /** Stores what only a running cluster can give. */
  begin(task: BackupTask): Promise<void>;
  isMade(task: Pick<BackupTask, 'host' | 'request'>): Promise<CheckAnswer>;
  /** Stores data at rest; afterwards all backups are whole. */
  make(task: BackupTask): Promise<void>;
  isHandedOver(task: Pick<BackupTask, 'host' | 'request'>): Promise<CheckAnswer>;
  /** Reads backups back, and tells the new system what to restore. */
  handOver(task: BackupTask): Promise<void>;
}

/**
 * The engine for this node: Velero where its kinds are served, lca's own otherwise; and once backups have been begun, the
 * one that began them. Loaded only when something is backed up: the agent at rest stays small.
 *
 * @throws KubernetesError where the cluster cannot be asked
 */
export async function backupEngine(
  host: Host,
  request: UpgradeRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<BackupEngine> {
  const name = await engineName(host, request, signal);
  return name === 'velero'
    ? (await import('./velero/velero-engine.ts')).veleroEngine
    : (await import('./embedded-engine.ts')).embeddedEngine;
}

async function engineName(host: Host, request: UpgradeRequest, signal: AbortSignal): Promise<EngineName> {
  if ((await nodePlatform(host)).cluster === undefined) return 'embedded';
  const begun = await readBegunBackups(host, request.specHash);
  if (begun !== undefined) return begun.engine;
  return withClusterApi(host, signal, async ({ client }) => {
    const kinds = (await client.resourceTypes(VELERO_API_VERSION, { signal })).map(({ kind }) => kind);
    return ['Backup', 'Restore'].every((kind) => kinds.includes(kind)) ? 'velero' : 'embedded';
  });
}
