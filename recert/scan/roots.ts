import type { EtcdClient } from '../../core/tools/etcd-client.ts';
import { rootOf } from './etcd-key.ts';

/** The character next to `/`: what begins with it sorts behind all that begins with a slash. */
const BEHIND_SLASH = '0';

/** The first parts of the database's keys (`registry`, or `kubernetes.io` and `openshift.io`), found by looking. */
export async function rootsOf(client: Pick<EtcdClient, 'keyFrom'>): Promise<readonly string[]> {
  const roots = new Set<string>();
  for (let key = await client.keyFrom(''); key !== undefined; ) {
    roots.add(rootOf(key));
    const [empty, root, ...more] = key.split('/');
    key = await client.keyFrom(more.length > 0 ? `${empty}/${root}${BEHIND_SLASH}` : `${key}\0`);
  }
  return [...roots];
}
