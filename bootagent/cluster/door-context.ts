import type { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import type { AgentContext } from '../agent/agent-context.ts';
import type { RequestLock } from '../agent/request-lock.ts';

/** What the door needs of the agent. */
export interface DoorContext extends AgentContext {
  readonly lock: RequestLock;
}

/** The door with a Kubernetes API behind it. */
export interface OpenDoor extends DoorContext {
  readonly client: KubernetesClient;
  readonly signal: AbortSignal;
}
