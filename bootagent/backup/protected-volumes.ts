import type { Host } from '../../core/host/host.ts';
import { PERSISTENT_VOLUME } from '../../core/tools/kubernetes/known-types.ts';
import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import type { KubernetesObject } from '../../core/tools/kubernetes/kubernetes-object.ts';
import { WORKSPACE } from '../stages/workspace.ts';
import { whenApiAnswers, withClusterApi } from './cluster-api.ts';
import { textAt } from './resources/json.ts';

/** On a volume whose reclaim policy was `Delete` before the upgrade. */
const MARKER = 'lca.openshift.io/updated-reclaim-policy';
const PROVISIONER = 'pv.kubernetes.io/provisioned-by';
const PATIENCE_MS = 5 * 60_000;
const TOPOLVM = 'topolvm.io';

/**
 * Volumes whose data stays on the node's disk come back as objects only if they are kept: those of topolvm get reclaim
 * policy `Retain` before the first backup (backup-restore.md 1.6, 3.9). Noted first, so that it is taken back for sure.
 */
export async function protectVolumes(
  host: Host,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<void> {
  const { items } = await client.list(PERSISTENT_VOLUME, { signal });
  const toProtect = items.filter(
    (volume) =>
      volume.metadata.annotations?.[PROVISIONER] === TOPOLVM &&
      textAt(volume, 'spec', 'persistentVolumeReclaimPolicy') === 'Delete',
  );
  if (toProtect.length === 0) return;
  await host.writeAtomic(WORKSPACE.protectedVolumes, '', { mode: 0o600 });
  for (const volume of toProtect) await setPolicy(client, volume, 'Retain', signal);
}

/** Gives the marked volumes their reclaim policy back. */
export async function releaseVolumes(client: KubernetesClient, signal: AbortSignal): Promise<void> {
  const { items } = await client.list(PERSISTENT_VOLUME, { signal });
  for (const volume of items)
    if (volume.metadata.annotations?.[MARKER] === 'true') await setPolicy(client, volume, 'Delete', signal);
}

/** The same on the way to Idle, where the API may still be coming up after the workloads were stopped. */
export async function giveBackPolicies(host: Host, signal: AbortSignal): Promise<void> {
  await whenApiAnswers(host, PATIENCE_MS, signal, () =>
    withClusterApi(host, signal, ({ client }) => releaseVolumes(client, signal)),
  );
  await host.remove(WORKSPACE.protectedVolumes);
}

async function setPolicy(
  client: KubernetesClient,
  { metadata: { name } }: KubernetesObject,
  persistentVolumeReclaimPolicy: 'Retain' | 'Delete',
  signal: AbortSignal,
): Promise<void> {
  const marker = persistentVolumeReclaimPolicy === 'Retain' ? 'true' : null;
  const changes = {
    metadata: { annotations: { [MARKER]: marker } },
    spec: { persistentVolumeReclaimPolicy },
  };
  await client.patch(PERSISTENT_VOLUME, { name }, changes, { signal });
}
