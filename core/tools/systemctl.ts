import type { Host } from '../host/host.ts';

const MINUTE = 60_000;

/** Whether a unit is active right now. */
export async function isActive(host: Host, unit: string): Promise<boolean> {
  // 3: inactive or failed; 4: no such unit (systemctl(1), exit status)
  const result = await host.run(['systemctl', 'is-active', '--quiet', unit], {
    description: `ask whether ${unit} is active`,
    timeoutMs: MINUTE,
    okExitCodes: [0, 1, 3, 4],
  });
  return result.exitCode === 0;
}

/** Starts a unit and waits until it is up, or only queues the start. */
export async function startUnit(
  host: Host,
  unit: string,
  options: { readonly noBlock?: boolean } = {},
): Promise<void> {
  await host.run(['systemctl', 'start', ...(options.noBlock ? ['--no-block'] : []), unit], {
    description: `start ${unit}`,
    timeoutMs: 5 * MINUTE,
  });
}

export async function stopUnit(host: Host, unit: string): Promise<void> {
  await host.run(['systemctl', 'stop', unit], { description: `stop ${unit}`, timeoutMs: 5 * MINUTE });
}

/** Has systemd read unit files and drop-ins that have changed. */
export async function reloadUnits(host: Host): Promise<void> {
  await host.run(['systemctl', 'daemon-reload'], { description: 'read unit files anew', timeoutMs: MINUTE });
}

/** Names of units in state "failed". */
export async function failedUnits(host: Host): Promise<readonly string[]> {
  const result = await host.run(
    ['systemctl', 'list-units', '--state=failed', '--plain', '--no-legend', '--full'],
    {
      description: 'list failed units',
      timeoutMs: MINUTE,
    },
  );
  return result.stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0] ?? '')
    .filter((name) => name !== '');
}

/** Properties of a unit, as systemd knows it: `showUnit(host, 'x.mount', ['What', 'Where'])`. */
export async function showUnit(
  host: Host,
  unit: string,
  properties: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const result = await host.run(['systemctl', 'show', `--property=${properties.join(',')}`, unit], {
    description: `read properties of ${unit}`,
    timeoutMs: MINUTE,
  });
  return propertiesIn(result.stdout);
}

/** The same of several units, in their order, asked for at once. */
export async function showUnits(
  host: Host,
  units: readonly string[],
  properties: readonly string[],
): Promise<readonly Readonly<Record<string, string>>[]> {
  if (units.length === 0) return [];
  const result = await host.run(['systemctl', 'show', `--property=${properties.join(',')}`, ...units], {
    description: `read properties of ${units.join(', ')}`,
    timeoutMs: MINUTE,
  });
  return result.stdout.trim().split(/\n\n+/).map(propertiesIn);
}

/**
 * Asks systemd itself for an orderly reboot that nothing can call off. The request is only queued; the caller goes on
 * until it is stopped. "systemctl reboot" would ask logind, which early in the boot is not there yet.
 */
export async function requestReboot(host: Host): Promise<void> {
  await host.run(['systemctl', 'start', '--no-block', '--job-mode=replace-irreversibly', 'reboot.target'], {
    description: 'reboot the node',
    timeoutMs: 20_000,
  });
}

/** Reboots at once, without stopping anything: what has been flushed is kept. For when an orderly reboot hangs. */
export async function forceReboot(host: Host): Promise<void> {
  await host.run(['systemctl', 'reboot', '--force', '--force'], {
    description: 'reboot the node at once',
    timeoutMs: MINUTE,
  });
}

/** Properties of systemd itself: `showManager(host, ['RuntimeWatchdogUSec'])`. */
export async function showManager(
  host: Host,
  properties: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const result = await host.run(['systemctl', 'show', `--property=${properties.join(',')}`], {
    description: 'read properties of systemd',
    timeoutMs: MINUTE,
  });
  return propertiesIn(result.stdout);
}

function propertiesIn(output: string): Readonly<Record<string, string>> {
  const pairs = output.split('\n').map((line) => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs.filter(([name]) => name !== ''));
}
