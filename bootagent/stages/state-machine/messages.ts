import { MANUAL_CLEANUP_DONE, VALIDATION_WARNING } from '../../../core/contract/annotations.ts';
import type { RollbackTrigger } from '../../../core/contract/pivot.ts';

/** The steps that apply manifests, by source; a failure of theirs has a text of its own. */
export const APPLY_STEPS = { policy: 'apply-policy-manifests', extra: 'apply-config-manifests' } as const;

/** The step that restores resources of a cluster. */
export const RESTORE_STEP = 'restore-resources';

/** Images handled by precaching. */
export interface PrecacheCount {
  readonly total: number;
  readonly pulled: number;
  readonly skipped: number;
  readonly failed: number;
}

/** `total: 121 (pulled: 1, skipped: 120, failed: 0)` */
export function precacheCount({ total, pulled, skipped, failed }: PrecacheCount): string {
  return `total: ${total} (pulled: ${pulled}, skipped: ${skipped}, failed: ${failed})`;
}

/** The stages' progress messages, as the documentation has them; texts that speak of Kubernetes Jobs are left out. */
export const MESSAGES = {
  inProgress: 'In progress',
  prep: {
    pullingSeed: 'Pulling seed image',
    pulledSeed: 'Successfully pulled seed image',
    settingUpStateroot: 'Setting up stateroot',
    setUpStateroot: 'Successfully setup stateroot',
    precaching: (count: PrecacheCount) => `Precaching progress: ${precacheCount(count)}`,
    waiting: (unwell: string) => `Waiting for system to stabilize before Prep stage can continue: ${unwell}`,
    inProgressEnded: 'Prep completed',
    completed: 'Prep stage completed successfully',
    completedWithCount: (count: PrecacheCount) => `Prep completed: ${precacheCount(count)}`,
    completedWithWarning: `Prep stage completed with extramanifests validation warning. Please check the annotation '${VALIDATION_WARNING}' for details.`,
    failed: 'Prep failed',
  },
  upgrade: {
    waitingBeforePivot: (unwell: string) =>
      `Waiting for system to stabilize before Upgrade (pre-pivot) stage can continue: ${unwell}`,
    backingUp: 'Backing up Application Data',
    backupInProgress: 'Backup of Application Data is in progress',
    exportingConfiguration: 'Exporting Application Configuration',
    exportingManifests: 'Exporting Policy and Config Manifests',
    exportingCluster: 'Exporting Cluster, LVM, and cert-manager configuration',
    exportingNode: 'Exporting Node configuration',
    waiting: (unwell: string) => `Waiting for system to stabilize: ${unwell}`,
    applyingPolicyManifests: 'Applying Policy Manifests',
    applyingConfigManifests: 'Applying Config Manifests',
    restoring: 'Restoring Application Data',
    restoreInProgress: 'Restore of Application Data is in progress',
    waitingForAll: (unwell: string) => `Waiting for system to fully stabilize: ${unwell}`,
    completed: 'Upgrade completed',
    failed: 'Upgrade failed',
  },
  rollback: {
    requested: 'Rollback requested',
    initiating: 'Initiating rollback',
    setDefaultByHand: 'default deployment must be manually set for next boot',
    completing: 'Completing rollback',
    completed: 'Rollback completed',
    failed: 'Rollback failed',
  },
  idle: {
    idle: 'Idle',
    aborting: 'Aborting',
    finalizing: 'Finalizing',
    waiting: (unwell: string) =>
      `Waiting for system to stabilize before finalize (idle) stage can continue: ${unwell}`,
    cleanUpFailed: (errors: readonly string[]) =>
      `${errors.join(' ')} Perform cleanup manually then add '${MANUAL_CLEANUP_DONE}' annotation to ibu CR to transition back to Idle`,
  },
  seedIsMade: 'A seed image is being made of this node',
  refused: {
    previousStage: 'Previous stage not succeeded',
    nothingToRollBack: 'Upgrade not started or already finalized',
    rollbackFailed: 'Transition to Idle not allowed - Rollback failed',
    rollbackInProgress: 'Transition to Idle not allowed - Rollback is in progress',
    rollbackFirst: 'Transition to Idle not allowed - Rollback first',
    notAllowed: 'Abort or finalize not allowed',
  },
} as const;

const CAUSE_BY_STEP: Readonly<Record<string, string>> = {
  [APPLY_STEPS.policy]: 'Rollback due to failure applying policy manifests',
  [APPLY_STEPS.extra]: 'Rollback due to failure applying config manifests',
  [RESTORE_STEP]: 'Rollback due to restore failure',
};

/**
 * Why a node went back to its old stateroot, as `UpgradeInProgress` tells it.
 *
 * @param reason what failed, in words
 * @param step where it failed
 */
export function rollbackCause(
  trigger: RollbackTrigger,
  reason: string,
  timeoutSeconds: number,
  step = 'none',
): string {
  const named: Readonly<Record<RollbackTrigger, string>> = {
    'post-reboot-config': 'Rollback due to postpivot failure',
    'upgrade-completion': CAUSE_BY_STEP[step] ?? 'Rollback due to upgrade completion failure',
    'init-monitor': `Rollback due to LCA Init Monitor timeout, after ${duration(timeoutSeconds)}`,
    uncontrolled: 'Uncontrolled rollback',
  };
  return reason === '' ? named[trigger] : `${named[trigger]}: ${reason}`;
}

/** Why a node stays in its new stateroot though the upgrade failed. */
export function stayedCause(trigger: RollbackTrigger, reason: string): string {
  return `${reason} (automatic rollback is disabled for ${trigger}: the node stays in the new stateroot for debugging; set stage Rollback to go back)`;
}

/** Seconds as upstream prints them: `30m0s`, `1h0m5s`, `45s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return `${hours > 0 ? `${hours}h` : ''}${whole >= 60 ? `${minutes}m` : ''}${whole % 60}s`;
}
