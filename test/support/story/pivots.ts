import type { ExecutionContext } from 'ava';
import type { Status } from '../../../core/contract/status.ts';
import type { VmNode } from '../vm/node.ts';
import { bootedStateroot, condition, untilStatus } from './nodes.ts';
import { SEED_VERSION } from './seed-image.ts';

/** A cluster needs half an hour, or twice that, under emulation. */
const UPGRADE_MS = 3_600_000;
const ROLLBACK_MS = 1_800_000;

/** Upgrades, and waits until the node runs the seed's system and has committed to it; shows why if it does not. */
export async function upgraded(t: ExecutionContext, target: VmNode): Promise<Status> {
  return pivoted(t, target, 'Upgrade', UPGRADE_MS, `lca_${SEED_VERSION}`);
}

/** Rolls back when asked to, and waits until the node runs its old system. */
export async function rolledBack(t: ExecutionContext, target: VmNode): Promise<Status> {
  return pivoted(t, target, 'Rollback', ROLLBACK_MS, 'lca');
}

async function pivoted(
  t: ExecutionContext,
  target: VmNode,
  stage: 'Upgrade' | 'Rollback',
  timeoutMs: number,
  stateroot: string,
): Promise<Status> {
  const type = `${stage}Completed` as const;
  await target.bootId();
  await target.sh(`lca ${stage.toLowerCase()} --no-wait`);
  const ended = (status: Status) => condition(status, type) !== undefined;
  const status = await untilStatus(target, `${stage} has ended`, ended, timeoutMs);
  if (condition(status, type)?.status === 'False') t.log(await target.sh('lca why'));
  t.like(condition(status, type), { status: 'True', reason: 'Completed', message: `${stage} completed` });
  t.is(await bootedStateroot(target), stateroot);
  return status;
}
