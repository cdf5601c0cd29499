import type { EtcdClient } from '../../core/tools/etcd-client.ts';
import { rootOf } from './etcd-key.ts';

const SLASH = 0x2f;
/** Sorts next to a slash: behind all that begins with one. */
const BEHIND_SLASH = Buffer.from([SLASH + 1]);
const NEXT = Buffer.from([0]);

/** The first parts of the database's keys (`registry`, or `kubernetes.io` and `openshift.io`), found by looking. */
export async function rootsOf(client: Pick<EtcdClient, 'keyFrom'>): Promise<readonly string[]> {
  const roots = new Set<string>();
  for (let key = await client.keyFrom(Buffer.alloc(0)); key !== undefined; ) {
    roots.add(rootOf(key.toString()));
    const end = key.indexOf(SLASH, key.indexOf(SLASH) + 1);
    key = await client.keyFrom(
      Buffer.concat(end === -1 ? [key, NEXT] : [key.subarray(0, end), BEHIND_SLASH]),
    );
  }
  return [...roots];
}
