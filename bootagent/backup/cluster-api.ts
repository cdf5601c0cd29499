import type { Host } from '../../core/host/host.ts';
import { withClusterClient } from '../../core/platform/cluster-client.ts';
import { nodePlatform } from '../../core/platform/index.ts';
import {
  discoverTypes,
  type ServedType,
  type ServerVersion,
  type SilentGroup,
  serverVersion,
} from '../../core/tools/kubernetes/discovery.ts';
import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import { isOutage, KubernetesError } from '../../core/tools/kubernetes/kubernetes-error.ts';
import { OutagePatience } from '../../core/tools/outage-patience.ts';

/** The API of the node's own cluster, as backing up and restoring need it. */
export interface ClusterApi {
  readonly client: KubernetesClient;
  /** What it serves now, without the groups whose own servers do not answer. */
  discover(onSilent?: (silent: SilentGroup) => void): Promise<readonly ServedType[]>;
  version(): Promise<ServerVersion>;
}

const PAUSE_MS = 2_000;

/** @throws KubernetesError `bad-kubeconfig` where the node has no cluster or no administrator's kubeconfig */
export async function withClusterApi<Result>(
  host: Host,
  signal: AbortSignal,
  work: (api: ClusterApi) => Promise<Result>,
): Promise<Result> {
  const { cluster } = await nodePlatform(host);
  if (cluster === undefined)
    throw new KubernetesError('bad-kubeconfig', 'This node has no cluster that could be asked.');
  return withClusterClient(host, cluster, (client, access) =>
    work({
      client,
      discover: (onSilent) => discoverTypes(access, { signal, onSilent }),
      version: () => serverVersion(access, { signal }),
    }),
  );
}

/**
 * Tries again while the API does not answer: it restarts now and then, or has just been started again.
 *
 * @param patienceMs how long an outage may last before it is thrown as it is; on the boot clock, since a new system's own may
 *   only now be set
 * @param work is told whether it is tried for the first time
 */
export async function whenApiAnswers<Result>(
  host: Pick<Host, 'uptimeSeconds' | 'sleep'>,
  patienceMs: number,
  signal: AbortSignal,
  work: (isFirst: boolean) => Promise<Result>,
): Promise<Result> {
  const nowMs = async (): Promise<number> => (await host.uptimeSeconds()) * 1000;
  const patience = new OutagePatience(patienceMs, nowMs);
  for (let isFirst = true; ; isFirst = false) {
    const started = await nowMs();
    try {
      return await work(isFirst);
    } catch (error) {
      signal.throwIfAborted();
      if (!isOutage(error)) throw error;
      // work that went on for so long had its answers: this is another outage
      if ((await nowMs()) - started >= patienceMs) patience.ended();
      if (await patience.isOver()) throw error;
      await host.sleep(PAUSE_MS, signal);
    }
  }
}
