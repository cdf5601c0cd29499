import type { EtcdClient } from '../../core/tools/etcd-client.ts';
import { rootOf } from './etcd-key.ts';

/** The first parts of the database's keys (`registry`, or `kubernetes.io` and `openshift.io`), found by looking. */
export async function rootsOf(client: EtcdClient): Promise<readonly string[]> {
  const roots = new Set<string>();
  for await (const page of client.range('', { keysOnly: true, pageSize: 5000 })) {
    for (const { key } of page) roots.add(rootOf(key));
  }
  return [...roots];
}
