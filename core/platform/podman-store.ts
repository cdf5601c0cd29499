import type { Host } from '../host/host.ts';
import { podmanImageIds, tagImage } from '../tools/podman-images.ts';
import type { ImageStore } from './image-store.ts';

const MINUTE = 60_000;
const PULL_MS = 30 * MINUTE;

/** Podman's storage, which is CRI-O's too (containers-storage.conf(5)). */
export function podmanStore(host: Host): ImageStore {
  return {
    isAtHand: async () => true,
    ids: () => podmanImageIds(host),

    async has(name) {
      const result = await host.run(['podman', 'image', 'exists', name], {
        description: `look for the image ${name}`,
        timeoutMs: MINUTE,
        okExitCodes: [0, 1],
      });
      return result.exitCode === 0;
    },

    async pull(name, { authFile, signal }) {
      const credentials = authFile === undefined ? [] : ['--authfile', authFile];
      await host.run(['podman', 'pull', '--quiet', ...credentials, name], {
        description: `pull the image ${name}`,
        timeoutMs: PULL_MS,
        signal,
      });
    },

    flush: () => host.sync('/var/lib/containers'),

    async removeAbandonedLayers() {
      // podman takes a layer of no image or container for abandoned when it is older than --max (podman-system-check(1))
      const boot = Math.max(1, Math.floor(await host.uptimeSeconds()));
      await host.run(['podman', 'system', 'check', '--quick', '--repair', `--max=${boot}s`], {
        description: 'remove layers of pulls that were cut short before this boot',
        timeoutMs: 10 * MINUTE,
        okExitCodes: [0, 125], // before podman 5 there is no such command
      });
    },

    tag: (image, name) => tagImage(host, image, name),

    async remove(names) {
      // an image goes with its last name, so all containers of it have to go before
      for (const name of names) await removeStoppedContainers(host, name);
      for (const name of names) {
        // 1: no such image, 2: in use by a container (podman-rmi(1))
        await host.run(['podman', 'rmi', name], {
          description: `remove the image ${name}`,
          timeoutMs: 5 * MINUTE,
          okExitCodes: [0, 1, 2],
        });
      }
    },
  };
}

/**
 * The container storage is shared: a container that a given-up system ran is still on record here, and holds its
 * image. Only containers that do not run are removed.
 */
async function removeStoppedContainers(host: Host, image: string): Promise<void> {
  const filters = ['created', 'exited', 'configured'].map((status) => `--filter=status=${status}`);
  const listed = await host.run(
    ['podman', 'ps', '--all', '--quiet', '--no-trunc', `--filter=ancestor=${image}`, ...filters],
    { description: `list containers of the image ${image}`, timeoutMs: MINUTE, okExitCodes: [0, 125] },
  );
  for (const id of listed.stdout.split('\n').filter((line) => line !== '')) {
    await host.run(['podman', 'rm', '--ignore', id], {
      description: `remove the container ${id.slice(0, 12)} of the stateroot that is given up`,
      timeoutMs: 5 * MINUTE,
      okExitCodes: [0, 1, 2, 125],
    });
  }
}
