import type { Host } from '../host/host.ts';
import { HostError } from '../host/host-error.ts';
import { unhealthyContainers } from '../tools/podman-containers.ts';
import { failedUnits, showUnits } from '../tools/systemctl.ts';
import type { PlatformCheck } from './platform.ts';

/** Where systemd keeps units made by generators; quadlets name their source (podman-systemd.unit(5)). */
const GENERATED = '/run/systemd/generator';
const OF_A_QUADLET = /^SourcePath=\S*\/containers\/systemd\//m;

/**
 * Every container that a unit runs is up: none has failed, is still coming up, or is started again and again; and none
 * says of itself that it is unhealthy.
 */
export function containersCheck(host: Host): PlatformCheck {
  return {
    name: 'built-in/containers',
    weight: 'required',
    tier: 'deferred',
    async look() {
      // asked side by side: a first boot waits for the answers
      const units = await containerUnits(host);
      const [ofUnits, unhealthy] = await Promise.all([troublesOf(host, units), podmanSays(host)]);
      const troubles = [...ofUnits, ...unhealthy.map((name) => `the container ${name} is unhealthy`)];
      const well = troubles.length === 0;
      return { well, detail: well ? `${units.length} container units are well` : troubles.join(', ') };
    },
  };
}

/** Other units that have failed are told, and an upgrade goes on: they may have failed for months. */
export function unitsCheck(host: Host): PlatformCheck {
  return {
    name: 'built-in/units',
    weight: 'wanted',
    tier: 'deferred',
    async look() {
      const ofContainers = await containerUnits(host);
      const failed = (await failedUnits(host)).filter((unit) => !ofContainers.includes(unit));
      const well = failed.length === 0;
      return { well, detail: well ? 'no unit has failed' : `failed: ${failed.join(', ')}` };
    },
  };
}

async function containerUnits(host: Host): Promise<readonly string[]> {
  const units: string[] = [];
  for (const name of await host.list(GENERATED)) {
    if (!name.endsWith('.service')) continue;
    const text = (await host.readText(`${GENERATED}/${name}`)) ?? '';
    if (OF_A_QUADLET.test(text)) units.push(name);
  }
  return units;
}

async function troublesOf(host: Host, all: readonly string[]): Promise<readonly string[]> {
  // instances of a template are units of their own, which failed units tell of
  const units = all.filter((unit) => !unit.includes('@.'));
  const states = await showUnits(host, units, ['ActiveState', 'SubState', 'Type']);
  return units.flatMap((unit, index) => troubleOf(unit, states[index] ?? {}) ?? []);
}

function troubleOf(
  unit: string,
  { ActiveState, SubState, Type }: Readonly<Record<string, string>>,
): string | undefined {
  if (ActiveState === 'failed') return `${unit} has failed`;
  if (SubState === 'auto-restart') return `${unit} ends and is started again`;
  // a job that runs once is up when it has ended, and may take its time
  if (ActiveState === 'activating' && Type !== 'oneshot') return `${unit} is not yet up`;
  return undefined;
}

async function podmanSays(host: Host): Promise<readonly string[]> {
  try {
    return await unhealthyContainers(host);
  } catch (error) {
    if (error instanceof HostError && error.code === 'command-missing') return [];
    throw error;
  }
}
