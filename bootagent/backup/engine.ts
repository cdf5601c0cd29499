import type { UpgradeRequest } from '../../core/contract/image-based-upgrade.ts';
import type { Host } from '../../core/host/host.ts';
import type { CheckAnswer } from '../../core/sequence/step.ts';
import type { StageContext } from '../stages/stage-context.ts';
import type { EngineName } from './begun-backups.ts';

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

/** The engine for this node. Loaded only when something is backed up: the agent at rest stays small. */
export async function backupEngine(_host: Host, _request: UpgradeRequest): Promise<BackupEngine> {
  return (await import('./embedded-engine.ts')).embeddedEngine;
}
