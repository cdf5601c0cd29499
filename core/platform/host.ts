import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { type PodmanImage, podmanImages } from '../tools/podman-images.ts';
import { isActive, startUnit, stopUnit } from '../tools/systemctl.ts';
import { containersCheck, unitsCheck } from './host-health.ts';
import type { Platform, PlatformCheck, StoredImage, Workload } from './platform.ts';

const MINUTE = 60_000;
const PODMAN = ['/usr/bin/podman', '/usr/local/bin/podman'] as const;
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

  async startWorkloads(host, workloads) {
    for (const { kind, name } of workloads.toReversed()) {
      if (kind === 'unit') await startUnit(host, name);
      else await podman(host, ['start', name], `start the container ${name}`);
    }
  },

  async listImages(host) {
    if (!(await hasPodman(host))) return [];
    const images = (await podmanImages(host)).flatMap(inEachRepository);
    return images.toSorted((a, b) => (a.pullSpec < b.pullSpec ? -1 : 1));
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
};

async function hasPodman(host: Host): Promise<boolean> {
  for (const path of PODMAN) if ((await host.stat(path)) !== undefined) return true;
  return false;
}

async function podman(host: Host, words: readonly string[], description: string): Promise<string> {
  return (await host.run(['podman', ...words], { description, timeoutMs: 5 * MINUTE })).stdout || '[]';
}

/**
 * The image as each repository has it: by one digest (an index and the manifest chosen from it are the same image), with
 * the tags of that repository.
 */
function inEachRepository({ names, digests, size }: PodmanImage): StoredImage[] {
  const tags = names.filter((name) => !name.includes('@'));
  if (digests.length === 0) return tags.map((tag) => ({ pullSpec: tag, tags: [], size }));
  const byRepository = new Map(
    digests.toReversed().map((digest) => [digest.slice(0, digest.indexOf('@')), digest]),
  );
  return [...byRepository].map(([repository, pullSpec]) => ({
    pullSpec,
    tags: tags.filter((tag) => tag.replace(/:[^/:]+$/, '') === repository).toSorted(),
    size,
  }));
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
