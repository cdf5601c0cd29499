import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { hasPodman, podmanImages } from '../tools/podman-images.ts';
import { isActive, stopUnit } from '../tools/systemctl.ts';
import { CONTAINER_STORAGE } from './container-storage.ts';
import { containersCheck, unitsCheck } from './host-health.ts';
import type { Platform, PlatformCheck, Workload } from './platform.ts';
import { podmanStore } from './podman-store.ts';
import { startWorkloads } from './start-workloads.ts';
import { storedImages } from './stored-images.ts';

const MINUTE = 60_000;
/** Set by podman on containers that a systemd unit runs (podman-systemd.unit(5)). */
const UNIT_LABEL = 'PODMAN_SYSTEMD_UNIT';

const CONTAINERS = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
);

/** A node without a cluster: podman containers, most of them run by systemd units (quadlets). */
export const hostPlatform: Platform = {
  name: 'host',

  async detect() {
    return true;
  },

  async runningWorkloads(host) {
    if (!(await hasPodman(host))) return [];
    const containers = CONTAINERS.parse(
      JSON.parse(await podman(host, ['ps', '--format=json'], 'list containers')),
    );
    const workloads = new Map<string, Workload>();
    for (const { Id, Names, Labels } of containers) {
      const unit = Labels?.[UNIT_LABEL];
      const workload: Workload =
        unit === undefined ? { kind: 'container', name: Names?.[0] ?? Id } : { kind: 'unit', name: unit };
      workloads.set(`${workload.kind} ${workload.name}`, workload);
    }
    return [...workloads.values()];
  },

  async stopWorkloads(host, workloads) {
    await Promise.all(workloads.map((workload) => stop(host, workload)));
  },

  startWorkloads,

  async listImages(host) {
    if (!(await hasPodman(host))) return [];
    return storedImages(await podmanImages(host));
  },

  async imageStore(host) {
    return podmanStore(host);
  },

  async imageDirectory() {
    return CONTAINER_STORAGE;
  },

  async kubernetesApi() {
    return null;
  },

  async examinations() {
    return [];
  },

  async healthChecks(host) {
    return [systemCheck(host), containersCheck(host), unitsCheck(host)];
  },

  exclusions: [],
  cluster: undefined,
};

async function podman(host: Host, words: readonly string[], description: string): Promise<string> {
  return (await host.run(['podman', ...words], { description, timeoutMs: 5 * MINUTE })).stdout || '[]';
}

async function stop(host: Host, { kind, name }: Workload): Promise<void> {
  if (kind === 'unit') await stopUnit(host, name);
  else await podman(host, ['stop', '--ignore', '--time=30', name], `stop the container ${name}`);
}

/** systemd has brought up what the node is for. */
function systemCheck(host: Host): PlatformCheck {
  return {
    name: 'built-in/system',
    weight: 'required',
    tier: 'mandatory',
    async look() {
      const well = await isActive(host, 'multi-user.target');
      return { well, detail: `multi-user.target is ${well ? '' : 'not yet '}active` };
    },
  };
}
