import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Host } from '../../host/host.ts';
import { HostError } from '../../host/host-error.ts';
import {
  type ContainerdImage,
  ctrImages,
  ctrImport,
  ctrPull,
  ctrRemoveImages,
  ctrTag,
} from '../../tools/ctr.ts';
import { copyImage } from '../../tools/skopeo.ts';
import { isActive } from '../../tools/systemctl.ts';
import type { ImageStore, PullOptions } from '../image-store.ts';
import type { NamedImage } from '../stored-images.ts';
import type { ContainerRuntime } from './runtime.ts';

const INDEX = z.object({ manifests: z.array(z.object({ digest: z.string() })).min(1) });

/** containerd's store, as the kubelet uses it. containerd has to be running. */
export function containerdStore(host: Host, { socket, unit }: ContainerRuntime): ImageStore {
  const ids = async (): Promise<ReadonlyMap<string, string>> =>
    new Map(
      (await ctrImages(host, socket)).flatMap(({ name, digest }) => [
        [name, digest] as const,
        [digest, name] as const,
      ]),
    );
  return {
    isAtHand: () => isActive(host, unit),
    ids,
    has: async (name) => (await ctrImages(host, socket)).some((image) => image.name === name),
    pull: (name, options) => pull(host, socket, name, options),
    // its configuration may put it elsewhere, which is then most likely below /var too
    flush: async () =>
      host.sync((await host.stat('/var/lib/containerd')) === undefined ? '/var' : '/var/lib/containerd'),
    // containerd collects content and snapshots that nothing refers to by itself
    removeAbandonedLayers: async () => undefined,
    async tag(image, name) {
      // an id of ours is a digest, which containerd knows only by one of its names
      const source = image.startsWith('sha256:') ? ((await ids()).get(image) ?? image) : image;
      await ctrTag(host, socket, source, name);
    },
    remove: (names) => ctrRemoveImages(host, socket, names),
  };
}

/** containerd's names, put together by image. */
export function namedImages(images: readonly ContainerdImage[]): readonly NamedImage[] {
  const byDigest = Map.groupBy(images, ({ digest }) => digest);
  return [...byDigest.values()].map((same) => {
    const names = same.map(({ name }) => name);
    return {
      names,
      digests: names.filter((name) => name.includes('@')),
      size: same[0]?.size ?? 0,
    };
  });
}

/**
 * Pulls an image. skopeo does it, so that credentials need not appear on a command line and the mirrors of
 * registries.conf count; containerd takes the image in. Images in Docker's own format would change their digest on that
 * way: those containerd pulls itself, with its own credentials.
 */
async function pull(host: Host, socket: string, name: string, options: PullOptions): Promise<void> {
  const archive = `/var/tmp/lca-image-${createHash('sha256').update(name).digest('hex').slice(0, 16)}.tar`;
  await host.remove(archive);
  try {
    await copyImage(host, {
      from: name,
      to: `oci-archive:${archive}`,
      ...(options.authFile === undefined ? {} : { source: { authfile: options.authFile } }),
      signal: options.signal,
    });
    const repository = repositoryOf(name);
    await ctrImport(host, socket, archive, repository);
    // an index by whose digest the image is called has become the manifest for this machine
    const imported = `${repository}@${await digestIn(host, archive)}`;
    if (imported !== name) await ctrTag(host, socket, imported, name);
  } catch (error) {
    if (!(error instanceof HostError && /preserv/i.test(error.stderr))) throw error;
    await ctrPull(host, socket, name, options.signal);
  } finally {
    await host.remove(archive);
  }
}

async function digestIn(host: Host, archive: string): Promise<string> {
  const { stdout } = await host.run(
    ['tar', '--extract', '--to-stdout', '--file', archive, '--wildcards', '--no-anchored', 'index.json'],
    { description: 'read the digest of a pulled image', timeoutMs: 300_000 },
  );
  return INDEX.parse(JSON.parse(stdout)).manifests[0]?.digest ?? '';
}

function repositoryOf(name: string): string {
  return name.replace(/@sha256:[0-9a-f]+$/, '').replace(/:[^/:]+$/, '');
}
