import { PIVOT_PATH } from '../../../../core/contract/paths.ts';
import { readPivot } from '../../../../core/contract/pivot.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { nodeBootloader } from '../../../pivot/bootloader/index.ts';
import type { CleanUpContext } from '../clean-up-context.ts';

/** Takes back an attempt that was armed but never made, before anything it would boot is removed. */
export const disarm: Step<CleanUpContext> = {
  name: 'disarm',
  summary: 'Take back an armed one-time boot',

  async check({ host }) {
    const { pivot } = await readPivot(host);
    const { bootloader } = await nodeBootloader(host);
    const armed = pivot !== null || ((await bootloader?.isArmed(host)) ?? false);
    return { done: !armed, because: armed ? 'a one-time boot is armed' : 'nothing is armed' };
  },

  async apply({ host }) {
    const { bootloader } = await nodeBootloader(host);
    await bootloader?.disarm(host);
    await host.remove(PIVOT_PATH);
  },
};
