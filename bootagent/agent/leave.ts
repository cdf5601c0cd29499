import { readPivot } from '../../core/contract/pivot.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import { requestReboot } from '../../core/tools/systemctl.ts';
import { findKubeconfig } from '../cluster/find-kubeconfig.ts';
import { StageError } from '../stages/stage-error.ts';
import type { AgentContext } from './agent-context.ts';

/** How long an orderly shutdown may take before the node counts as one that does not go down. */
const SHUTDOWN_MS = 15 * 60_000;

/**
 * Asks for the reboot, and waits to be stopped by it.
 *
 * @param message for the log, the black box and the cluster
 * @throws StageError `no-reboot` if the node is still up after a quarter of an hour; the signal's reason, before the
 *   reboot is asked for or after
 */
export async function leave(agent: AgentContext, message: string, signal: AbortSignal): Promise<never> {
  const { host, blackBox, log } = agent;
  const { pivot } = await readPivot(host);
  log.info(message);
  await blackBox.record({ kind: 'pivot', message, data: { nonce: pivot?.nonce ?? null } });
  await tellCluster(agent, message, signal);
  // called off meanwhile: a reboot that has been asked for cannot be
  signal.throwIfAborted();
  await requestReboot(host);
  await host.sleep(SHUTDOWN_MS, signal);
  throw new StageError('no-reboot', 'The node did not reboot: its shutdown has not begun or hangs.', {
    remedy: 'See with "systemctl list-jobs" what the shutdown waits for.',
  });
}

/** The code for it is loaded where there is a cluster only. The reboot does not depend on it. */
async function tellCluster(agent: AgentContext, message: string, signal: AbortSignal): Promise<void> {
  try {
    const kubeconfig = await findKubeconfig(agent.host);
    if (kubeconfig === undefined) return;
    const { tellReboot } = await import('../cluster/tell-reboot.ts');
    await tellReboot(agent.host, kubeconfig, message, signal);
  } catch (error) {
    if (!signal.aborted) agent.log.warn(`the cluster was not told of the reboot: ${messageOf(error)}`);
  }
}
