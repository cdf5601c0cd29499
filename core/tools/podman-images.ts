import { z } from 'zod';
import type { Host } from '../host/host.ts';

const MINUTE = 60_000;
const PODMAN = ['/usr/bin/podman', '/usr/local/bin/podman'] as const;

const IMAGES = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    RepoDigests: z.array(z.string()).nullish(),
    Size: z.number().nullish(),
  }),
);

/** An image in podman's storage. */
export interface PodmanImage {
  /** 64 hexadecimal digits: the digest of its configuration. */
  readonly id: string;
  /** Names it is stored under, with tag or digest. */
  readonly names: readonly string[];
  /** `repository@sha256:…` by which registries know it. */
  readonly digests: readonly string[];
  /** Bytes, shared layers included. */
  readonly size: number;
}

/** Whether podman is installed, by files alone. */
export async function hasPodman(host: Host): Promise<boolean> {
  for (const path of PODMAN) if ((await host.stat(path)) !== undefined) return true;
  return false;
}

/** All images of the storage (podman-images(1), `--format=json`). */
export async function podmanImages(host: Host): Promise<readonly PodmanImage[]> {
  const { stdout } = await host.run(['podman', 'images', '--format=json', '--no-trunc'], {
    description: 'list the container images',
    timeoutMs: 5 * MINUTE,
  });
  return IMAGES.parse(JSON.parse(stdout || '[]')).map(({ Id, Names, RepoDigests, Size }) => ({
    id: Id.replace(/^sha256:/, ''),
    names: Names ?? [],
    digests: RepoDigests ?? [],
    size: Size ?? 0,
  }));
}

/** The id of each image by every name it can be asked for: with tag, with digest, and the id itself. */
export async function podmanImageIds(host: Host): Promise<ReadonlyMap<string, string>> {
  const images = await podmanImages(host);
  return new Map(
    images.flatMap(({ id, names, digests }) => [id, ...names, ...digests].map((name) => [name, id] as const)),
  );
}

/** Gives an image one more name; takes that name from the image that had it (podman-tag(1)). */
export async function tagImage(host: Host, image: string, tag: string): Promise<void> {
  await host.run(['podman', 'tag', image, tag], {
    description: `give the image ${image} the name ${tag}`,
    timeoutMs: 5 * MINUTE,
  });
}
