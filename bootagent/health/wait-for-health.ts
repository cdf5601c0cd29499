import type { Host } from '../../core/host/host.ts';
import type { HealthCheck, HealthReport, Tier } from './health-check.ts';
import { runHealthChecks } from './run-health-checks.ts';

/** By which two clocks of a machine may differ. */
const CLOCK_MS = 500;

export interface WaitOptions {
  /** How long the node may take to become well. */
  readonly settleMs: number;
  /** How much longer a look that has begun by then may take; default as long as its checks' own budgets. */
  readonly lastLookMs?: number;
  readonly pauseMs: number;
  /** Which checks are waited for; default all. */
  readonly tier?: 'all' | Tier;
  readonly signal: AbortSignal;
  /** Told after each unhealthy look. */
  readonly onUnhealthy: (report: HealthReport) => void | Promise<void>;
}

/**
 * Looks again and again until the node is well or the time to settle is over: a node that has just booted is seldom
 * well at once.
 *
 * @param checks asked for anew each time, since executables may appear
 * @returns the last report that tells what is wrong
 */
export async function waitForHealth(
  host: Host,
  checks: () => Promise<readonly HealthCheck[]>,
  options: WaitOptions,
): Promise<HealthReport> {
  const until = (await host.uptimeSeconds()) * 1000 + options.settleMs;
  const { lastLookMs = Number.POSITIVE_INFINITY } = options;
  for (let before: HealthReport | undefined; ; ) {
    // the first look is worth as much as a last one, even if the time is over
    const began = (await host.uptimeSeconds()) * 1000;
    const end = Math.max(until, began) + lastLookMs;
    const report = await runHealthChecks(await checks(), options.tier, end - began);
    if (report.healthy) return report;
    await options.onUnhealthy(report);
    const now = (await host.uptimeSeconds()) * 1000;
    // a look that was cut off says less than the one before
    if (now + options.pauseMs > until) return now + CLOCK_MS < end ? report : (before ?? report);
    before = report;
    await host.sleep(options.pauseMs, options.signal);
  }
}
