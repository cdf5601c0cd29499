import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import type { AgentContext } from '../agent/agent-context.ts';

/** The door with a Kubernetes API behind it. */
export interface OpenDoor extends AgentContext {
  readonly client: KubernetesClient;
  readonly signal: AbortSignal;
}
