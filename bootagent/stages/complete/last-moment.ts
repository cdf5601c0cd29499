import type { Pivot } from '../../../core/contract/pivot.ts';

/** What is left for saying why the new system is given up, before the init monitor does it without knowing. */
const MARGIN_SECONDS = 60;

/**
 * Until when, on the boot clock, something may be waited for that takes as long as it takes: the init monitor's deadline,
 * less a margin for the way back. Without an init monitor nobody sets a limit.
 */
export function lastMomentSeconds({ timeoutSeconds, rollback }: Pivot): number {
  if (!rollback.initMonitor) return Number.POSITIVE_INFINITY;
  return timeoutSeconds - Math.min(MARGIN_SECONDS, timeoutSeconds / 10);
}
