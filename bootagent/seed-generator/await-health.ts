import { nodeHealthChecks } from '../health/node-checks.ts';
import { failuresText, runHealthChecks } from '../health/run-health-checks.ts';
import type { Generation } from './generation.ts';

/** How long a sick node is left alone before the next look (seed-image.md 1.3). */
const PAUSE_MS = 20_000;

/** Looks at the node's health once. @returns after how long to look again; undefined: it is well */
export async function awaitHealth(
  { host }: Generation,
  say: (text: string) => Promise<unknown>,
): Promise<number | undefined> {
  const report = await runHealthChecks(await nodeHealthChecks(host));
  if (report.healthy) return undefined;
  await say(`Waiting for system to stabilize: ${failuresText(report)}`);
  return PAUSE_MS;
}
