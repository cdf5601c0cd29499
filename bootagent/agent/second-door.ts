import { messageOf } from '../../core/errors/lca-error.ts';
import { findKubeconfig } from '../cluster/find-kubeconfig.ts';
import type { AgentContext } from './agent-context.ts';

const LOOK_MS = 60_000;

/**
 * Opens the second door where there is a Kubernetes API: its code is loaded only then, so that a node without a cluster
 * does not pay for it. Never throws: the files alone are enough.
 */
export async function keepSecondDoor(agent: AgentContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      if ((await findKubeconfig(agent.host)) !== undefined) {
        const { runDoor } = await import('../cluster/door.ts');
        await runDoor(agent, signal);
      }
    } catch (error) {
      if (!signal.aborted) agent.log.error(`The cluster door failed: ${messageOf(error)}`);
    }
    await agent.host.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}
