import type { ExecutionContext } from 'ava';
import type { Status } from '../../../core/contract/status.ts';
import type { VmNode } from '../vm/node.ts';
import { condition, untilStatus } from './nodes.ts';
import { OWN_DATA } from './target.ts';

/** A cluster's new system may use up its ten minutes, between two reboots under emulation. */
const MOST_MS = 1_800_000;

/** Upgrades and waits until the node is back in its old system and says why. */
export async function upgradeAndComeBack(t: ExecutionContext, target: VmNode, reason: RegExp): Promise<void> {
  await target.bootId();
  await target.sh('lca upgrade --no-wait');
  await cameBack(t, target, reason);
}

/** Waits until the node is back in its old system, with a reason, the data as it was, and its old default. */
export async function cameBack(t: ExecutionContext, target: VmNode, reason: RegExp): Promise<void> {
  const status = await untilStatus(
    target,
    'back in the old stateroot with the upgrade failed',
    (now, stateroot) => stateroot === 'lca' && condition(now, 'UpgradeCompleted')?.status === 'False',
    MOST_MS,
  );
  const newest = status.conditions.at(-1);
  t.is(newest?.type, 'UpgradeInProgress');
  t.is(newest?.reason, 'Failed');
  t.regex(newest?.message ?? '', reason);
  t.deepEqual(status.validNextStages, ['Idle']);
  t.regex(await target.sh('lca why'), reason);
  t.is(await target.sh('cat /var/lib/own-data/readings.txt'), OWN_DATA.trim());
  t.regex(await target.sh('ostree admin status | head -1'), /^\* lca /, 'the old deployment is the default');
  t.log((await target.sh('lca why')).split('\n').slice(0, 6).join('\n'));
}

/** Upgrades and waits until that has failed with a reason in the boot in which it was asked for. */
export async function upgradeFailsHere(t: ExecutionContext, target: VmNode, reason: RegExp): Promise<Status> {
  const boot = await target.sh('cat /proc/sys/kernel/random/boot_id');
  await target.sh('lca upgrade --no-wait');
  const status = await untilStatus(
    target,
    'the upgrade failed',
    (now) => condition(now, 'UpgradeCompleted')?.status === 'False',
  );
  t.regex(status.conditions.at(-1)?.message ?? '', reason);
  t.is(await target.sh('cat /proc/sys/kernel/random/boot_id'), boot);
  return status;
}
