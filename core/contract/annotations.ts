import { nearMiss } from './near-miss.ts';

export type Annotations = Readonly<Record<string, string>>;

/** Retries a failed abort or finalize; removed by the agent when it has been seen. */
export const MANUAL_CLEANUP_DONE = 'lca.openshift.io/manual-cleanup-done';
/** The same, as the developer preview called it. */
export const MANUAL_CLEANUP_DONE_PREVIEW = 'lca.openshift.io/manualCleanupDone';
export const TRIGGER_RECONCILE = 'lca.openshift.io/trigger-reconcile';
export const ROLLBACK_POST_REBOOT_CONFIG = 'auto-rollback-on-failure.lca.openshift.io/post-reboot-config';
export const ROLLBACK_UPGRADE_COMPLETION = 'auto-rollback-on-failure.lca.openshift.io/upgrade-completion';
export const ROLLBACK_INIT_MONITOR = 'auto-rollback-on-failure.lca.openshift.io/init-monitor';
export const IMAGE_CLEANUP_ON_PREP = 'image-cleanup.lca.openshift.io/on-prep';
export const IMAGE_CLEANUP_THRESHOLD = 'image-cleanup.lca.openshift.io/disk-usage-threshold-percent';
export const VALIDATION_WARNING = 'extra-manifest.lca.openshift.io/validation-warning';
export const TARGET_MANIFEST_COUNT = 'lca.openshift.io/target-ocp-version-manifest-count';

const KNOWN = [
  MANUAL_CLEANUP_DONE,
  MANUAL_CLEANUP_DONE_PREVIEW,
  TRIGGER_RECONCILE,
  ROLLBACK_POST_REBOOT_CONFIG,
  ROLLBACK_UPGRADE_COMPLETION,
  ROLLBACK_INIT_MONITOR,
  IMAGE_CLEANUP_ON_PREP,
  IMAGE_CLEANUP_THRESHOLD,
  VALIDATION_WARNING,
  TARGET_MANIFEST_COUNT,
] as const;

const SWITCHES = [
  ROLLBACK_POST_REBOOT_CONFIG,
  ROLLBACK_UPGRADE_COMPLETION,
  ROLLBACK_INIT_MONITOR,
  IMAGE_CLEANUP_ON_PREP,
] as const;

/** Whether a switch annotation turns its thing off. Only the exact text `Disabled` does. */
export function isDisabled(annotations: Annotations, name: (typeof SWITCHES)[number]): boolean {
  return annotations[name] === 'Disabled';
}

/** The annotation by which the user says that a failed clean-up was finished by hand; undefined if it is not set. */
export function manualCleanupDone(annotations: Annotations): string | undefined {
  return [MANUAL_CLEANUP_DONE, MANUAL_CLEANUP_DONE_PREVIEW].find((name) => name in annotations);
}

export interface ImageCleanup {
  readonly enabled: boolean;
  /** Images are removed while more than this share of the container storage is used. */
  readonly thresholdPercent: number;
}

/** Image clean-up in Prep; a threshold that is no whole number of percent turns it off, as upstream does. */
export function imageCleanup(annotations: Annotations): ImageCleanup {
  const text = annotations[IMAGE_CLEANUP_THRESHOLD] ?? '50';
  const valid = /^\d{1,3}$/.test(text) && Number(text) <= 100;
  return {
    enabled: valid && !isDisabled(annotations, IMAGE_CLEANUP_ON_PREP),
    thresholdPercent: valid ? Number(text) : 50,
  };
}

/** What about annotations is accepted but most probably not meant. Foreign annotations are nobody's business. */
export function annotationWarnings(annotations: Annotations): readonly string[] {
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(annotations)) {
    const known: readonly string[] = KNOWN;
    const near =
      known.includes(name) || !name.includes('lca.openshift.io/') ? undefined : nearMiss(name, known);
    if (near !== undefined)
      warnings.push(`annotation ${name} is not known and has no effect; did you mean ${near}?`);
    const switches: readonly string[] = SWITCHES;
    if (switches.includes(name) && value !== 'Disabled') {
      warnings.push(
        `annotation ${name} has an effect only with the value "Disabled", not ${JSON.stringify(value)}`,
      );
    }
    if (name === IMAGE_CLEANUP_THRESHOLD && !imageCleanup({ [name]: value }).enabled) {
      warnings.push(`annotation ${name} is not a whole number from 0 to 100, so image clean-up is off`);
    }
  }
  return warnings;
}
