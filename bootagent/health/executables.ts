import { basename } from 'node:path';
import type { Host } from '../../core/host/host.ts';
import type { HealthCheck, Weight } from './health-check.ts';

/** Where users and greenboot put checks, in the order they are listed. */
const DIRECTORIES = ['/var/lib/lca/health.d', '/etc/greenboot/check', '/usr/lib/greenboot/check'] as const;

const LOOK_MS = 60_000;
const SHOWN_OUTPUT = 400;

/**
 * The user's checks: every executable file in `required.d` and `wanted.d`. Exit code 0 means well; what it printed
 * last is the detail.
 */
export async function executableChecks(host: Host): Promise<readonly HealthCheck[]> {
  const checks: HealthCheck[] = [];
  for (const directory of DIRECTORIES) {
    for (const weight of ['required', 'wanted'] as const) {
      const parent = `${directory}/${weight}.d`;
      for (const name of await host.list(parent)) {
        const path = `${parent}/${name}`;
        const stat = await host.stat(path);
        if (stat !== undefined && stat.type !== 'directory' && !name.startsWith('.')) {
          checks.push(executableCheck(host, path, weight));
        }
      }
    }
  }
  return checks;
}

function executableCheck(host: Host, path: string, weight: Weight): HealthCheck {
  return {
    name: path,
    weight,
    async look(signal) {
      const result = await host.run([path], {
        description: `run the health check ${basename(path)}`,
        timeoutMs: LOOK_MS,
        okExitCodes: Array.from({ length: 256 }, (_, code) => code),
        signal,
      });
      const said = `${result.stdout}\n${result.stderr}`.trim().slice(-SHOWN_OUTPUT);
      const detail = said === '' ? `exit code ${result.exitCode}` : `exit code ${result.exitCode}: ${said}`;
      return { well: result.exitCode === 0, detail };
    },
  };
}
