import { z } from 'zod';
import type { Host } from '../host/host.ts';
import type { PodContainer } from './crictl.ts';

const MINUTE = 60_000;
/** Where containerd's CRI keeps all that is the kubelet's. */
const NAMESPACE = 'k8s.io';
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

const INFO = z.object({ Labels: z.record(z.string(), z.string()).nullish() });

/** A name in containerd's store and what it stands for. */
export interface ContainerdImage {
  /** `repository:tag`, or `repository@sha256:…`. */
  readonly name: string;
  /** Of the manifest or index, `sha256:…`. */
  readonly digest: string;
  /** Bytes, rounded as ctr prints them. */
  readonly size: number;
}

/** The names in containerd's store, without the ids that its CRI keeps as names too. */
export async function ctrImages(host: Host, socket: string): Promise<readonly ContainerdImage[]> {
  const text = await ctr(host, socket, ['images', 'list'], 'list the container images');
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [name, , digest, amount, unit] = line.trim().split(/\s+/);
      if (name === undefined || digest === undefined || name === '' || name.startsWith('sha256:')) return [];
      return [{ name, digest, size: Math.round(Number(amount) * (UNITS[unit ?? 'B'] ?? 1)) }];
    });
}

/** Gives an image one more name; takes that name from the image that had it. */
export async function ctrTag(host: Host, socket: string, image: string, name: string): Promise<void> {
  await ctr(
    host,
    socket,
    ['images', 'tag', '--force', image, name],
    `give the image ${image} the name ${name}`,
  );
}

/** Takes in an OCI archive with one image without a name, as `repository@sha256:…`. */
export async function ctrImport(
  host: Host,
  socket: string,
  archive: string,
  repository: string,
): Promise<void> {
  const words = ['images', 'import', '--base-name', repository, '--digests', archive];
  await ctr(host, socket, words, `take in the image of ${repository}`);
}

/** Pulls with what containerd itself knows of registries. */
export async function ctrPull(host: Host, socket: string, name: string, signal: AbortSignal): Promise<void> {
  const words = ['images', 'pull', '--hosts-dir', '/etc/containerd/certs.d', name];
  await ctr(host, socket, words, `pull the image ${name}`, { timeoutMs: 30 * MINUTE, signal });
}

/** Removes names; containerd drops what no name and no container holds. */
export async function ctrRemoveImages(host: Host, socket: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await ctr(host, socket, ['images', 'remove', '--sync', ...names], 'remove container images', {
    okExitCodes: [0, 1],
  });
}

/** Running containers of pods, and the pods' own (named `sandbox`). */
export async function ctrContainers(host: Host, socket: string): Promise<readonly PodContainer[]> {
  const text = await ctr(host, socket, ['tasks', 'list'], "list the pods' containers");
  const running = text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , status]) => status === 'RUNNING')
    .map(([id]) => id as string);
  return Promise.all(
    running.map(async (id) => {
      const info = await ctr(
        host,
        socket,
        ['containers', 'info', id],
        `look at the container ${id.slice(0, 12)}`,
      );
      const labels = INFO.parse(JSON.parse(info)).Labels ?? {};
      return { id, name: labels['io.kubernetes.container.name'] ?? 'sandbox' };
    }),
  );
}

/** Sends a signal to all processes of a container; one that has ended is fine. */
export async function ctrKill(
  host: Host,
  socket: string,
  id: string,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  const words = ['tasks', 'kill', ...(signal === 'SIGKILL' ? ['--all'] : []), '--signal', signal, id];
  await ctr(host, socket, words, `send ${signal} to the container ${id.slice(0, 12)}`, {
    okExitCodes: [0, 1],
  });
}

async function ctr(
  host: Host,
  socket: string,
  words: readonly string[],
  description: string,
  options: {
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
    readonly okExitCodes?: readonly number[];
  } = {},
): Promise<string> {
  const { stdout } = await host.run(['ctr', '--address', socket, '--namespace', NAMESPACE, ...words], {
    description,
    timeoutMs: 5 * MINUTE,
    ...options,
  });
  return stdout;
}
