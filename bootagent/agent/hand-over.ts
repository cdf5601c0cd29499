import { PIVOT_PATH } from '../../core/contract/paths.ts';
import { readPivot, writePivot } from '../../core/contract/pivot.ts';
import { bootId } from '../../core/log/black-box.ts';
import { inStateroot } from '../pivot/record.ts';
import { stageInProgress } from '../stages/state-machine/predicates.ts';
import type { AgentContext } from './agent-context.ts';
import { withWritableSystem } from './writable-system.ts';

/**
 * When the node goes down in order with an attempt armed, the new stateroot's record says so. An attempt without it
 * was preceded by a power cut, and is not made. Nor is that of an upgrade which has failed or is being called off,
 * whatever of it could not be taken back.
 */
export async function handOverOnShutdown({ host, store, blackBox, log }: AgentContext): Promise<void> {
  if (stageInProgress(store.current) !== 'Upgrade') return;
  const { pivot } = await readPivot(host);
  if (pivot?.state !== 'armed' || pivot.armedBootId !== (await bootId(host)) || !(await isGoingDown(host)))
    return;
  const path = inStateroot(pivot.new.stateroot, PIVOT_PATH);
  const handedOver = { ...pivot, handedOver: true };
  await writePivot(host, handedOver);
  // the other stateroot lies below /sysroot, which may be read-only
  await withWritableSystem(host, () => writePivot(host, handedOver, path));
  log.info('handed over to the new stateroot');
  await blackBox.record({ kind: 'pivot', message: 'The old stateroot goes down in order' });
}

async function isGoingDown(host: AgentContext['host']): Promise<boolean> {
  const result = await host.run(['systemctl', 'is-system-running'], {
    description: 'ask whether the node is going down',
    timeoutMs: 20_000,
    okExitCodes: [0, 1, 2, 3, 4],
  });
  return result.stdout.trim() === 'stopping';
}
