import type { Host } from '../../core/host/host.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import { executableChecks } from './executables.ts';
import type { HealthCheck } from './health-check.ts';

/** All checks of this node: the platform's own, and the user's. */
export async function nodeHealthChecks(host: Host): Promise<readonly HealthCheck[]> {
  const platform = await nodePlatform(host);
  return [...(await platform.healthChecks(host)), ...(await executableChecks(host))];
}
