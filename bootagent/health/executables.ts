import { basename, posix } from 'node:path';
import type { FileStat, Host } from '../../core/host/host.ts';
import type { HealthCheck, Weight } from './health-check.ts';
import { BUDGET_MS } from './run-health-checks.ts';

/** Where users and greenboot put checks, in the order they are listed. */
const DIRECTORIES = ['/var/lib/lca/health.d', '/etc/greenboot/check', '/usr/lib/greenboot/check'] as const;

const SHOWN_OUTPUT = 400;
const MOST_BUDGET_SECONDS = 600;
/** Of a script's beginning, for its budget. */
const LARGEST_SCRIPT = 256 * 1024;
const LINKS = 20;

/**
 * The user's checks: every executable file in `required.d` and `wanted.d`. Exit code 0 means well; what it printed
 * last is the detail. A script that needs more or less than a minute says so in a comment: `# lca-budget: 120s`.
 */
export async function executableChecks(host: Host): Promise<readonly HealthCheck[]> {
  const checks: HealthCheck[] = [];
  for (const directory of DIRECTORIES) {
    for (const weight of ['required', 'wanted'] as const) {
      const parent = `${directory}/${weight}.d`;
      for (const name of await host.list(parent)) {
        const path = `${parent}/${name}`;
        const stat = await host.stat(path);
        if (stat === undefined || stat.type === 'directory' || name.startsWith('.')) continue;
        checks.push(
          (await isExecutable(host, path, stat))
            ? executableCheck(host, path, weight, await budgetMs(host, path, stat))
            : unusableCheck(path, weight),
        );
      }
    }
  }
  return checks;
}

function executableCheck(host: Host, path: string, weight: Weight, budget: number): HealthCheck {
  return {
    name: path,
    weight,
    // they look at workloads, whose data and manifests are back only then
    tier: 'deferred',
    budgetMs: budget,
    async look(signal) {
      const result = await host.run([path], {
        description: `run the health check ${basename(path)}`,
        timeoutMs: budget,
        okExitCodes: Array.from({ length: 256 }, (_, code) => code),
        signal,
      });
      const said = `${result.stdout}\n${result.stderr}`.trim().slice(-SHOWN_OUTPUT);
      const detail = said === '' ? `exit code ${result.exitCode}` : `exit code ${result.exitCode}: ${said}`;
      return { well: result.exitCode === 0, detail };
    },
  };
}

/** A check that somebody meant to be run must not be passed over in silence. */
function unusableCheck(path: string, weight: Weight): HealthCheck {
  return {
    name: path,
    weight,
    tier: 'deferred',
    async look() {
      return {
        well: false,
        detail: `it is not executable, so it tells nothing (chmod +x ${path}, or take it away)`,
      };
    },
  };
}

async function isExecutable(host: Host, path: string, stat: FileStat): Promise<boolean> {
  let [at, now]: [string, FileStat | undefined] = [path, stat];
  for (let i = 0; now?.type === 'symlink' && i < LINKS; i += 1) {
    at = posix.resolve(posix.dirname(at), (await host.readLink(at)) ?? '');
    now = await host.stat(at);
  }
  return now?.type === 'file' && (now.mode & 0o111) !== 0;
}

async function budgetMs(host: Host, path: string, { size }: FileStat): Promise<number> {
  const text = size > LARGEST_SCRIPT ? '' : ((await host.readText(path)) ?? '');
  const seconds = Number(/^#\s*lca-budget:\s*(\d+)\s*s?\s*$/m.exec(text)?.[1]);
  return text.startsWith('#!') && seconds > 0 ? Math.min(seconds, MOST_BUDGET_SECONDS) * 1000 : BUDGET_MS;
}
