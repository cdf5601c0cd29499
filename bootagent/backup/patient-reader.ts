import type { Host } from '../../core/host/host.ts';
import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import { whenApiAnswers } from './cluster-api.ts';

/** What reading a cluster takes of its API. */
export type Reader = Pick<KubernetesClient, 'get' | 'list'>;

const PATIENCE_MS = 5 * 60_000;

/** Reads as the client does, and asks again while the API does not answer: one call of thousands is no reason to begin anew. */
export function patientReader(
  client: Reader,
  host: Pick<Host, 'uptimeSeconds' | 'sleep'>,
  signal: AbortSignal,
): Reader {
  return {
    get: (...call) => whenApiAnswers(host, PATIENCE_MS, signal, () => client.get(...call)),
    list: (...call) => whenApiAnswers(host, PATIENCE_MS, signal, () => client.list(...call)),
  };
}
