import type { Host } from '../host/host.ts';
import { HostError } from '../host/host-error.ts';
import { unhealthyContainers } from '../tools/podman-containers.ts';
import { failedUnits, showUnit } from '../tools/systemctl.ts';
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
      const units = await containerUnits(host);
      const troubles = (await Promise.all(units.map((unit) => troubleOf(host, unit)))).filter(
        (trouble) => trouble !== undefined,
      );
      for (const name of await podmanSays(host)) troubles.push(`the container ${name} is unhealthy`);
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

async function troubleOf(host: Host, unit: string): Promise<string | undefined> {
  // instances of a template are units of their own, which failed units tell of
  if (unit.includes('@.')) return undefined;
  const { ActiveState, SubState, Type } = await showUnit(host, unit, ['ActiveState', 'SubState', 'Type']);
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
