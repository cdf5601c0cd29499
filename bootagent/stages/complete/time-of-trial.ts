import type { Pivot } from '../../../core/contract/pivot.ts';
import type { Host } from '../../../core/host/host.ts';

/** Enough for a last look at the node's health, and for the way back with its reason on record. */
const MOST_MARGIN_SECONDS = 120;
/** Of a short time, which tests and impatient sites set. */
const SHARE = 5;

/** Until when the new system may go on proving itself, on the boot clock (docs/decisions/0003). */
export interface TimeOfTrial {
  /** Seconds after boot: whatever is not well by then is given up, and named as the reason. */
  readonly until: number;
  /** How much longer a look that has begun may take. */
  readonly lastLookSeconds: number;
}

/**
 * What the watchdog leaves, less a margin in which a failure that is found at the very end is recorded before the
 * watchdog acts without knowing it. Where the init monitor is switched off there is no deadline; then each wait may take
 * as long as the whole trial would have.
 */
export async function timeOfTrial(host: Host, { timeoutSeconds, rollback }: Pivot): Promise<TimeOfTrial> {
  const margin = Math.min(MOST_MARGIN_SECONDS, timeoutSeconds / SHARE);
  const until = rollback.initMonitor
    ? timeoutSeconds - margin
    : (await host.uptimeSeconds()) + timeoutSeconds;
  return { until, lastLookSeconds: margin / 2 };
}

/** Seconds of it that are left; none if the boot has used them up. */
export async function secondsOfTrial(host: Host, pivot: Pivot): Promise<number> {
  const { until } = await timeOfTrial(host, pivot);
  return Math.max(0, until - (await host.uptimeSeconds()));
}
