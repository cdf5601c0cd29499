import { messageOf } from '../../core/errors/lca-error.ts';
import type { HealthCheck, HealthReport, HealthResult } from './health-check.ts';

/** Each look of a check may take this long. */
const LOOK_MS = 60_000;

/** Looks once with every check, all at the same time, each with a time of its own. */
export async function runHealthChecks(
  checks: readonly HealthCheck[],
  lookMs = LOOK_MS,
): Promise<HealthReport> {
  const results = await Promise.all(checks.map((check) => lookOnce(check, lookMs)));
  return { healthy: results.every(({ well, weight }) => well || weight === 'wanted'), results };
}

async function lookOnce(check: HealthCheck, lookMs: number): Promise<HealthResult> {
  const started = performance.now();
  const answer = await check
    .look(AbortSignal.timeout(lookMs))
    .catch((error: unknown) => ({ well: false, detail: messageOf(error) }));
  const { name, weight } = check;
  return { name, weight, ...answer, seconds: (performance.now() - started) / 1000 };
}

/** The failing checks in one line for a condition: `one or more health checks failed: a` and further items below. */
export function failuresText(report: HealthReport): string {
  const failed = report.results.filter(({ well, weight }) => !well && weight === 'required');
  const items = failed.map(({ name, detail }) => `${name}: ${detail}`);
  return `one or more health checks failed: ${items.join('\n  - ')}`;
}
