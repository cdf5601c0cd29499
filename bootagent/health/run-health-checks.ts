import { messageOf } from '../../core/errors/lca-error.ts';
import type { HealthCheck, HealthReport, HealthResult, Tier } from './health-check.ts';

/** How long a look may take unless the check has a budget of its own. */
export const BUDGET_MS = 60_000;
/** Which checks a look is about. */
const TIERS: Readonly<Record<'all' | Tier, readonly Tier[]>> = {
  all: ['mandatory', 'deferred'],
  mandatory: ['mandatory'],
  deferred: ['deferred'],
};

/**
 * Looks once: with the mandatory checks all at the same time, each within a budget of its own, and then, if they are
 * content, with the deferred ones in the same way.
 *
 * @param tier leaves the other tier out
 * @param mostMs for the whole look, whatever budgets the checks have; what has not answered by then is not well
 */
export async function runHealthChecks(
  checks: readonly HealthCheck[],
  tier: 'all' | Tier = 'all',
  mostMs = Number.POSITIVE_INFINITY,
): Promise<HealthReport> {
  const results: HealthResult[] = [];
  const until = performance.now() + mostMs;
  for (const now of TIERS[tier]) {
    if (!isHealthy(results)) break;
    const left = Math.max(0, until - performance.now());
    const ofTier = checks.filter((check) => check.tier === now);
    results.push(...(await Promise.all(ofTier.map((check) => lookOnce(check, left)))));
  }
  return { healthy: isHealthy(results), results };
}

function isHealthy(results: readonly HealthResult[]): boolean {
  return results.every(({ well, weight }) => well || weight === 'wanted');
}

async function lookOnce(check: HealthCheck, mostMs: number): Promise<HealthResult> {
  const started = performance.now();
  const budgetMs = Math.min(check.budgetMs ?? BUDGET_MS, mostMs);
  const answer = await within(budgetMs, (signal) => check.look(signal)).catch((error: unknown) => ({
    well: false,
    detail: messageOf(error),
  }));
  const { name, weight, tier } = check;
  return { name, weight, tier, ...answer, seconds: (performance.now() - started) / 1000 };
}

/** A check that does not listen to its signal must not hold up the others. */
async function within<T>(budgetMs: number, look: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`it did not answer within ${Number((budgetMs / 1000).toPrecision(3))} s`);
      reject(error);
      stop.abort(error);
    }, budgetMs);
  });
  try {
    return await Promise.race([look(stop.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What a condition says of an unhealthy node: every failing required check, in upstream's form (`one or more health
 * checks failed: a`, further items below), and which check took longest.
 */
export function failuresText(report: HealthReport): string {
  const failed = report.results.filter(({ well, weight }) => !well && weight === 'required');
  const items = failed.map(({ name, detail }) => `${name}: ${detail}`);
  const slowest = slowestText(report);
  return `one or more health checks failed: ${items.join('\n  - ')}${slowest === '' ? '' : `\n  slowest: ${slowest}`}`;
}

/** `built-in/containers, 12.3 s`; empty where nothing was looked at. */
export function slowestText({ results }: HealthReport): string {
  const [slowest] = results.toSorted((a, b) => b.seconds - a.seconds);
  return slowest === undefined ? '' : `${slowest.name}, ${slowest.seconds.toFixed(1)} s`;
}
