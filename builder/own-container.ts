import { z } from 'zod';
import type { Host } from '../core/host/host.ts';
import { hasPodman } from '../core/tools/podman-images.ts';

/** Set by podman on containers that a systemd unit runs (podman-systemd.unit(5)). */
const UNIT_LABEL = 'PODMAN_SYSTEMD_UNIT';

const CONTAINERS = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    Pid: z.number(),
    Image: z.string().nullish(),
    AutoRemove: z.boolean().nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
);

/** The container that lca itself runs in. */
export interface OwnContainer {
  readonly names: readonly string[];
  readonly image: string;
}

/**
 * Finds the container that a process of the node runs in, by its ancestors; undefined if it runs in none. It must be
 * neither stopped nor counted among the node's images.
 */
export async function ownContainer(host: Host, process: number): Promise<OwnContainer | undefined> {
  const ancestors = await ancestorsOf(host, process);
  const containers = await runningContainers(host);
  const own = containers.find(({ Pid }) => Pid > 1 && ancestors.has(Pid));
  if (own === undefined) return undefined;
  const unit = own.Labels?.[UNIT_LABEL];
  return {
    names: [own.Id, ...(own.Names ?? []), ...(unit === undefined ? [] : [unit])],
    image: own.Image ?? '',
  };
}

/** Names of running containers that are gone once they stop (`podman run --rm`) and that no unit would start again. */
export async function unrestartableContainers(host: Host): Promise<readonly string[]> {
  return (await runningContainers(host))
    .filter(({ AutoRemove, Labels }) => AutoRemove === true && Labels?.[UNIT_LABEL] === undefined)
    .map(({ Id, Names }) => Names?.[0] ?? Id);
}

async function runningContainers(host: Host): Promise<z.output<typeof CONTAINERS>> {
  if (!(await hasPodman(host))) return [];
  const result = await host.run(['podman', 'ps', '--format=json'], {
    description: 'list containers',
    timeoutMs: 300_000,
  });
  return CONTAINERS.parse(JSON.parse(result.stdout || '[]'));
}

async function ancestorsOf(host: Host, process: number): Promise<ReadonlySet<number>> {
  const ancestors = new Set<number>();
  for (let pid = process; pid > 1 && !ancestors.has(pid); ) {
    ancestors.add(pid);
    const status = (await host.readText(`/proc/${pid}/status`)) ?? '';
    pid = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
  }
  return ancestors;
}
