import { z } from 'zod';
import type { Host } from '../host/host.ts';

const MINUTE = 60_000;
const PROGRAMS = ['/usr/bin/crictl', '/usr/local/bin/crictl'] as const;

const CONTAINERS = z.object({
  containers: z.array(z.object({ id: z.string(), metadata: z.object({ name: z.string() }) })).nullish(),
});
const IMAGES = z.object({
  images: z
    .array(
      z.object({
        id: z.string(),
        repoTags: z.array(z.string()).nullish(),
        repoDigests: z.array(z.string()).nullish(),
        size: z.union([z.string(), z.number()]).nullish(),
      }),
    )
    .nullish(),
});

/** A container that runs for a pod. */
export interface PodContainer {
  readonly id: string;
  /** As its pod calls it: `etcd`. */
  readonly name: string;
}

export async function hasCrictl(host: Host): Promise<boolean> {
  for (const path of PROGRAMS) if ((await host.stat(path)) !== undefined) return true;
  return false;
}

/** Running containers of pods (crictl(1)). @param socket path of the runtime's socket */
export async function crictlContainers(host: Host, socket: string): Promise<readonly PodContainer[]> {
  const text = await crictl(host, socket, ['ps', '--output', 'json'], "list the pods' containers");
  return (CONTAINERS.parse(JSON.parse(text || '{}')).containers ?? []).map(({ id, metadata }) => ({
    id,
    name: metadata.name,
  }));
}

/** Asks a container to end, and ends it after the time given; one that has ended is fine. */
export async function crictlStop(host: Host, socket: string, id: string, seconds: number): Promise<void> {
  await crictl(
    host,
    socket,
    ['stop', '--timeout', `${seconds}`, id],
    `stop the container ${id.slice(0, 12)}`,
    [0, 1],
  );
}

/** Removes all pods with what is left of their containers and networks; the kubelet makes them anew. */
export async function crictlRemovePods(host: Host, socket: string): Promise<void> {
  const ids = (await crictl(host, socket, ['pods', '--quiet'], 'list pods')).split('\n').filter(Boolean);
  for (const id of ids) {
    await crictl(host, socket, ['rmp', '--force', id], `remove the pod ${id.slice(0, 12)}`, [0, 1]);
  }
}

/** All images of the runtime's store. */
export async function crictlImages(
  host: Host,
  socket: string,
): Promise<
  readonly { readonly names: readonly string[]; readonly digests: readonly string[]; readonly size: number }[]
> {
  const text = await crictl(host, socket, ['images', '--output', 'json'], 'list the container images');
  return (IMAGES.parse(JSON.parse(text || '{}')).images ?? []).map(({ repoTags, repoDigests, size }) => ({
    names: repoTags ?? [],
    digests: repoDigests ?? [],
    size: Number(size ?? 0),
  }));
}

async function crictl(
  host: Host,
  socket: string,
  words: readonly string[],
  description: string,
  okExitCodes: readonly number[] = [0],
): Promise<string> {
  const { stdout } = await host.run(
    ['crictl', '--runtime-endpoint', `unix://${socket}`, '--image-endpoint', `unix://${socket}`, ...words],
    { description, timeoutMs: 5 * MINUTE, okExitCodes },
  );
  return stdout;
}
