import type { Host } from '../../core/host/host.ts';

const ZONES = '/usr/share/zoneinfo/';

/** What a node is called. */
export interface NodeNames {
  readonly hostname: string;
  /** 32 hexadecimal digits (machine-id(5)); empty if there is none. */
  readonly machineId: string;
  /** `Europe/Berlin`; empty for the system's own default. */
  readonly timezone: string;
}

export async function readNames(host: Host): Promise<NodeNames> {
  const stored = ((await host.readText('/etc/hostname')) ?? '').trim();
  const running = ((await host.readText('/proc/sys/kernel/hostname')) ?? '').trim();
  const zone = (await host.readLink('/etc/localtime')) ?? '';
  const at = zone.indexOf(ZONES.slice(1));
  const machineId = ((await host.readText('/etc/machine-id')) ?? '').trim();
  return {
    hostname: stored === '' || stored === 'localhost' ? running : stored,
    machineId: /^[0-9a-f]{32}$/.test(machineId) ? machineId : '',
    timezone: at < 0 ? '' : zone.slice(at + ZONES.length - 1),
  };
}
