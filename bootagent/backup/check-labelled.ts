import type { Backup } from '../../core/contract/velero/backup.ts';
import type { ServedType } from '../../core/tools/kubernetes/discovery.ts';
import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import { LABELS_ANNOTATION, labelledObjectsOf } from './apply-label.ts';
import { contentRefused } from './content.ts';

/**
 * Every object that `apply-label` names is in the cluster.
 *
 * @throws BackupError `content-refused` with upstream's sentence, naming the object
 */
export async function checkLabelledObjectsExist(
  client: KubernetesClient,
  types: readonly ServedType[],
  backups: readonly Pick<Backup, 'name' | 'annotations'>[],
  signal: AbortSignal,
): Promise<void> {
  for (const backup of backups) {
    for (const { group, resource, namespace, name } of labelledObjectsOf(backup)) {
      const type = types.find((known) => known.group === group && known.plural === resource);
      const place = type?.namespaced ? { name, namespace } : { name };
      if (type !== undefined && type.namespaced === (namespace !== '')) {
        if ((await client.get(type, place, { signal })) !== undefined) continue;
      }
      const spoken = [group, resource, namespace, name].filter((part) => part !== '').join('/');
      throw contentRefused(
        `failed apply backup label to objects included in apply-backup annotation: failed to patch object: ${spoken} is not in the cluster`,
        { remedy: `Correct annotation ${LABELS_ANNOTATION} of Backup ${backup.name}, or make the object.` },
      );
    }
  }
}
