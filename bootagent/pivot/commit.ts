import type { Pivot } from '../../core/contract/pivot.ts';
import type { Host } from '../../core/host/host.ts';
import { readSysroot } from '../../core/sysroot/sysroot.ts';
import { setDefault } from '../../core/tools/ostree-admin.ts';
import { PivotError } from './pivot-error.ts';
import { settlePivot, updatePivot } from './record.ts';
import { removeSafetyNet } from './safety-net.ts';

/**
 * Makes the running, proven system the default. The intention is recorded first: should the power be cut right after
 * the default has changed, the next boot is this system again and knows that it was confirmed.
 *
 * @throws PivotError `commit-failed` if it is not the default afterwards
 */
export async function commit(host: Host, pivot: Pivot): Promise<void> {
  const { booted } = await readSysroot(host);
  if (booted.stateroot !== pivot.new.stateroot) {
    throw new PivotError(
      'commit-failed',
      `The running stateroot is ${booted.stateroot}, not ${pivot.new.stateroot}.`,
    );
  }
  await updatePivot(host, (record) => ({ ...record, state: 'committing' }));
  if (booted.index !== 0) await setDefault(host, booted.index);
  if (!(await isDefault(host))) {
    throw new PivotError('commit-failed', `Deployment ${pivot.new.deployment} did not become the default.`);
  }
  await removeSafetyNet(host);
  await settlePivot(host, { ...pivot, state: 'committed' });
}

/** Whether the running deployment is what boots next by itself. */
export async function isDefault(host: Host): Promise<boolean> {
  return (await readSysroot(host)).booted.index === 0;
}
