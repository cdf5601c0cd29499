import { editFields, findFields } from '../../../recert/codec/object/index.ts';
import { fromUtf8, utf8 } from '../../../recert/codec/text.ts';
import { rootsOf } from '../../../recert/scan/roots.ts';
import type { Workspace } from '../../../recert/workspace/workspace.ts';

/**
 * Gives the cluster its identity back: the uid of its namespace kube-system, by which a plain Kubernetes cluster is told
 * from others. The API does not let anybody change a uid, so it is done at rest.
 *
 * @param id empty: as it is
 * @returns the containers changed, for recert's ledger
 */
export async function setClusterId({ etcd }: Workspace, id: string): Promise<readonly string[]> {
  if (etcd === undefined || id === '') return [];
  const changed: string[] = [];
  for (const root of await rootsOf(etcd.client)) {
    const key = `/${root}/namespaces/kube-system`;
    const value = await etcd.get(key);
    if (value === undefined) continue;
    const edits = findFields(value, 'metadata.uid')
      .filter(({ bytes }) => utf8(bytes) !== id)
      .map(({ path }) => ({ path, set: fromUtf8(id) }));
    if (edits.length === 0) continue;
    await etcd.edit(key, (present) => editFields(present, edits));
    changed.push(`etcd:${key}`);
  }
  return changed;
}
