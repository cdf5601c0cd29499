import { messageOf } from '../../../core/errors/lca-error.ts';
import type { WriteOptions } from '../../../core/tools/kubernetes/call-options.ts';
import type { ServedType } from '../../../core/tools/kubernetes/discovery.ts';
import type { KubernetesClient } from '../../../core/tools/kubernetes/kubernetes-client.ts';
import { isOutage, KubernetesError } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import { type LabelledObject, labelledObjectsOf } from '../apply-label.ts';
import { contentRefused } from '../content.ts';

/** By which a Backup selects the objects that it names. */
export const BACKUP_LABEL = 'lca.openshift.io/backup';

interface Labelling {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Puts the label of a Backup on the objects that it names (backup-restore.md 1.5).
 *
 * @throws BackupError `content-refused` with upstream's sentence; KubernetesError where the API does not answer
 */
export async function labelObjects(
  client: KubernetesClient,
  types: readonly ServedType[],
  backup: Labelling,
  options: WriteOptions,
): Promise<void> {
  for (const object of labelledObjectsOf(backup)) {
    try {
      await patchLabel(client, types, object, backup.name, options);
    } catch (cause) {
      if (!(cause instanceof KubernetesError) || isOutage(cause)) throw cause;
      throw contentRefused(
        `failed apply backup label to objects included in apply-backup annotation: failed to patch object: ${messageOf(cause)}`,
        { cause, remedy: `Correct the annotation of Backup ${backup.name}, or make the object.` },
      );
    }
  }
}

/** Takes the label off again; an object that is gone, or was never there, is fine. */
export async function unlabelObjects(
  client: KubernetesClient,
  types: readonly ServedType[],
  backup: Labelling,
  options: WriteOptions,
): Promise<void> {
  for (const object of labelledObjectsOf(backup)) {
    await patchLabel(client, types, object, null, options).catch((error: unknown) => {
      const isFine = error instanceof KubernetesError && ['not-found', 'invalid'].includes(error.code);
      if (!isFine) throw error;
    });
  }
}

async function patchLabel(
  client: KubernetesClient,
  types: readonly ServedType[],
  { group, resource, namespace, name }: LabelledObject,
  value: string | null,
  options: WriteOptions,
): Promise<void> {
  const type = types.find((known) => known.group === group && known.plural === resource);
  if (type === undefined || type.namespaced !== (namespace !== '')) {
    const spoken = group === '' ? resource : `${resource}.${group}`;
    throw new KubernetesError(
      'not-found',
      `The API serves no ${namespace === '' ? 'cluster-scoped' : 'namespaced'} ${spoken}.`,
    );
  }
  const place = type.namespaced ? { name, namespace } : { name };
  await client.patch(type, place, { metadata: { labels: { [BACKUP_LABEL]: value } } }, options);
}
