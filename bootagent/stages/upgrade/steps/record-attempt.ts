import { PIVOT_PATH } from '../../../../core/contract/paths.ts';
import { readPivot, writePivot } from '../../../../core/contract/pivot.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { readSysroot } from '../../../../core/sysroot/sysroot.ts';
import { PivotError } from '../../../pivot/pivot-error.ts';
import { inStateroot, newPivot } from '../../../pivot/record.ts';
import { removeSafetyNet, stretchSafetyNet } from '../../../pivot/safety-net.ts';
import { newDeployment } from '../../prep/new-system.ts';
import type { StageContext } from '../../stage-context.ts';
import { arm } from './arm.ts';

/**
 * Writes the record of the attempt on both sides, first the new stateroot's and its safety net: if only one of the two
 * exists, nothing is armed yet and nothing happens.
 */
export const recordAttempt: Step<StageContext> = {
  name: 'record-attempt',
  summary: 'Record the attempt in both stateroots',

  async check({ host }) {
    const { pivot } = await readPivot(host);
    const next = await newDeployment(host);
    const theirs = await readPivot(host, inStateroot(next.stateroot, PIVOT_PATH));
    const done = pivot !== null && pivot.state === 'armed' && pivot.nonce === theirs.pivot?.nonce;
    return { done, because: `the attempt is ${done ? '' : 'not yet '}recorded in both stateroots` };
  },

  async apply({ host, request }) {
    const { booted } = await readSysroot(host);
    const next = await newDeployment(host);
    const pivot = await newPivot(host, request, booted, next);
    await stretchSafetyNet(
      host.within(next.path),
      pivot.rollback.initMonitor ? pivot.timeoutSeconds : undefined,
    );
    await writePivot(host, pivot, inStateroot(next.stateroot, PIVOT_PATH));
    await writePivot(host, pivot);
  },

  /**
   * Without its record the new system would not know that it is on trial, and stay as the seed it was. So as long as it
   * may be what boots next, the record there is kept: nobody hands the attempt over any more, and a boot agent that finds
   * it so returns to the old system.
   */
  async undo(context) {
    const { host } = context;
    await host.remove(PIVOT_PATH);
    const next = await newDeployment(host);
    if ((await arm.check(context)).done) {
      throw new PivotError('still-armed', `The boot loader still is to boot ${next.stateroot} next.`, {
        remedy: 'Go to Idle, which takes that back; before it has, a reboot leads there and back again.',
      });
    }
    await host.remove(inStateroot(next.stateroot, PIVOT_PATH));
    await removeSafetyNet(host.within(next.path));
  },
};
