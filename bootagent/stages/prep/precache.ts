import { messageOf } from '../../../core/errors/lca-error.ts';
import type { Host } from '../../../core/host/host.ts';
import { HostError } from '../../../core/host/host-error.ts';
import type { ImageStore } from '../../../core/platform/image-store.ts';
import { nodePlatform } from '../../../core/platform/index.ts';
import type { PrecacheCount } from '../state-machine/messages.ts';

export interface PrecacheOptions {
  readonly images: readonly string[];
  /** Pulls at the same time. */
  readonly parallel: number;
  readonly authFile: string | undefined;
  readonly signal: AbortSignal;
  /** Told after every image. */
  readonly onProgress: (counts: PrecacheCount) => Promise<void>;
  /**
   * Whether an image was being pulled when an earlier attempt was cut short. What is there of it may be half on disk: it
   * is removed and pulled again.
   */
  readonly isDoubtful?: (image: string) => boolean;
  /** Told of each image that is not there, before it is pulled. */
  readonly onBegun: (image: string) => Promise<void>;
  /** Told of each image that was added to the storage and is on disk, before the next is begun. */
  readonly onPulled: (image: string) => Promise<void>;
}

export interface PrecacheResult extends PrecacheCount {
  readonly failures: readonly { readonly image: string; readonly reason: string }[];
}

const PAUSES_MS = [1_000, 3_000, 10_000, 30_000] as const;
/** What podman says of its own storage, as opposed to a registry. */
const STORAGE = /containers\/storage|adding layer|layer not known/i;
const PERMANENT = /manifest unknown|not found|unauthorized|denied|invalid reference|unsupported/i;

/**
 * Pulls images into the container storage, several at a time. An image named by digest that is there is skipped; one
 * named by tag is asked for again, since the tag may have moved, but its being there already is enough if the
 * registry cannot be reached. Transient failures are tried again with growing pauses.
 */
export async function precacheImages(host: Host, options: PrecacheOptions): Promise<PrecacheResult> {
  const store = await (await nodePlatform(host)).imageStore(host);
  const todo = [...new Set(options.images)];
  const total = todo.length;
  const counts = { total, pulled: 0, skipped: 0, failed: 0 };
  const failures: { image: string; reason: string }[] = [];
  // pulls of one image under several names would race for the same layers; reports keep their order too
  let reported = Promise.resolve();
  const report = (): Promise<void> => {
    const now = { ...counts };
    reported = reported.then(() => options.onProgress(now));
    return reported;
  };
  const worker = async (): Promise<void> => {
    for (let image = todo.shift(); image !== undefined; image = todo.shift()) {
      options.signal.throwIfAborted();
      const outcome = await precacheOne(host, store, image, options);
      counts[outcome.kind] += 1;
      if (outcome.kind === 'failed') failures.push({ image, reason: outcome.reason });
      await report();
    }
  };
  await report();
  await removeDoubtful(store, todo, options);
  await Promise.all(Array.from({ length: Math.min(options.parallel, total) }, worker));
  return { ...counts, failures };
}

/** Leaves nothing of images whose pull was cut short, neither whole ones nor layers of unfinished ones. */
async function removeDoubtful(
  store: ImageStore,
  images: readonly string[],
  { isDoubtful }: PrecacheOptions,
): Promise<void> {
  const doubtful = isDoubtful === undefined ? [] : images.filter(isDoubtful);
  if (doubtful.length === 0) return;
  for (const image of doubtful) if (await store.has(image)) await store.remove([image]);
  await store.removeAbandonedLayers();
}

type Outcome =
  | { readonly kind: 'pulled' }
  | { readonly kind: 'skipped' }
  | { readonly kind: 'failed'; readonly reason: string };

async function precacheOne(
  host: Host,
  store: ImageStore,
  image: string,
  options: PrecacheOptions,
): Promise<Outcome> {
  const present = await store.has(image);
  if (present && image.includes('@sha256:')) return { kind: 'skipped' };
  if (!present) await options.onBegun(image);
  for (let attempt = 0; ; attempt += 1) {
    try {
      await store.pull(image, options);
      await store.flush();
      if (!present) await options.onPulled(image);
      return { kind: 'pulled' };
    } catch (error) {
      options.signal.throwIfAborted();
      const pause = PAUSES_MS[attempt];
      const isPermanent = error instanceof HostError && PERMANENT.test(error.stderr);
      if (pause === undefined || isPermanent || present) {
        return present ? { kind: 'skipped' } : { kind: 'failed', reason: messageOf(error) };
      }
      // somebody else's pull may have been cut short as well, and left a layer that this image shares
      if (error instanceof HostError && STORAGE.test(error.stderr)) await store.removeAbandonedLayers();
      await host.sleep(pause, options.signal);
    }
  }
}
