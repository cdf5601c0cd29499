import type { Host } from '../../../core/host/host.ts';
import { backupKey, restoreKey } from '../layout.ts';
import { nodeId } from '../node-id.ts';
import { isDisposable } from '../stored-backup.ts';
import { openBucket } from './bucket-store.ts';
import { forgetBuckets, readKnownBuckets } from './known-buckets.ts';

/**
 * Removes what this upgrade has begun in buckets, and then forgets how to reach them. A backup that has become another's
 * since, or does not say whose it is, is left alone with its restore.
 *
 * @throws S3Error; it may be run again
 */
export async function clearBuckets(
  host: Host,
  report: (text: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const buckets = Object.values(await readKnownBuckets(host));
  const node = await nodeId(host);
  for (const { access, prefix, begun } of buckets) {
    const store = await openBucket(host, access, prefix, signal);
    for (const [name, restore] of Object.entries(begun)) {
      if (await isDisposable(store, name, node)) {
        await report(`removing backup ${name} from ${store.address}`);
        await store.remove(backupKey(name));
        await store.remove(restoreKey(restore));
      } else await report(`leaving backup ${name} in ${store.address}: it is another node's`);
    }
  }
  await forgetBuckets(host);
}
