import type { ExecutionContext } from 'ava';
import type { CompleteContext } from '../../bootagent/stages/complete/complete-context.ts';
import type { Pivot } from '../../core/contract/pivot.ts';
import { attempt } from './fake-attempt.ts';
import { systemdNode } from './kubernetes-node.ts';
import type { RecordingHost } from './recording-host.ts';
import { SmallApiServer } from './small-api-server.ts';
import { requestFor } from './upgrade-story.ts';

export interface CompletingNode {
  readonly host: RecordingHost;
  readonly api: SmallApiServer;
  readonly context: CompleteContext;
  readonly said: string[];
  /** Happens whenever the agent waits. */
  meanwhile: () => void;
}

/** A node in its new stateroot, with an API in memory, whose time passes only where it waits. */
export async function completingNode(
  t: ExecutionContext,
  pivot: Partial<Pivot> = {},
): Promise<CompletingNode> {
  const api = new SmallApiServer();
  const host = systemdNode();
  const kubeconfig = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c' } }],
    clusters: [{ name: 'c', cluster: { server: await api.start() } }],
  };
  t.teardown(() => api.stop());
  host.file('/etc/kubernetes/admin.conf', JSON.stringify(kubeconfig));
  const said: string[] = [];
  const context: CompleteContext = {
    host,
    request: requestFor('Upgrade'),
    report: async (text) => void said.push(text),
    note: async (_, text) => void said.push(text),
    signal: new AbortController().signal,
    pivot: attempt(pivot),
    proven: { api: true, essentials: true, healthy: false },
  };
  const node: CompletingNode = { host, api, context, said, meanwhile: () => undefined };
  const sleep = host.sleep.bind(host);
  host.sleep = async (...given) => {
    await sleep(...given);
    node.meanwhile();
  };
  return node;
}
