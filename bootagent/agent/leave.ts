import { readPivot } from '../../core/contract/pivot.ts';
import { requestReboot } from '../../core/tools/systemctl.ts';
import { StageError } from '../stages/stage-error.ts';
import type { AgentContext } from './agent-context.ts';

/** How long an orderly shutdown may take before the node counts as one that does not go down. */
const SHUTDOWN_MS = 15 * 60_000;

/**
 * Asks for the reboot, and waits to be stopped by it.
 *
 * @param message for the log and the black box
 * @throws StageError `no-reboot` if the node is still up after a quarter of an hour
 */
export async function leave(
  { host, blackBox, log }: AgentContext,
  message: string,
  signal: AbortSignal,
): Promise<never> {
  const { pivot } = await readPivot(host);
  log.info(message);
  await blackBox.record({ kind: 'pivot', message, data: { nonce: pivot?.nonce ?? null } });
  await requestReboot(host);
  await host.sleep(SHUTDOWN_MS, signal);
  throw new StageError('no-reboot', 'The node did not reboot: its shutdown has not begun or hangs.', {
    remedy: 'See with "systemctl list-jobs" what the shutdown waits for.',
  });
}
