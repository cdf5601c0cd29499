import type { Host } from '../../../core/host/host.ts';
import { backupKey, restoreKey } from '../layout.ts';
import { nodeId } from '../node-id.ts';
import { ownerOf } from '../stored-backup.ts';
import { openBucket } from './bucket-store.ts';
import { forgetBuckets, readKnownBuckets } from './known-buckets.ts';

/**
 * Removes what this upgrade has stored in buckets, and then forgets how to reach them. Another node's backup of the same
 * name is left alone.
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
  for (const { access, prefix, backups, restores } of buckets) {
    const store = await openBucket(host, access, prefix, signal);
    for (const name of backups) {
      const owner = await ownerOf(store, name);
      if (owner !== undefined && owner !== node) continue;
      await report(`removing backup ${name} from ${store.address}`);
      await store.remove(backupKey(name));
    }
    for (const name of restores) await store.remove(restoreKey(name));
  }
  await forgetBuckets(host);
}
