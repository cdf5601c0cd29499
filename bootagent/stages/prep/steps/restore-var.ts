import { openSeed } from '../../../../core/seedimage/seed.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import type { StageContext } from '../../stage-context.ts';
import { isMarked, mark, WORKSPACE } from '../../workspace.ts';
import { newSystem } from '../new-system.ts';
import { preparedSeed } from '../prepared-seed.ts';

/** Unpacks the seed's /var into the new stateroot. */
export const restoreVar: Step<StageContext> = {
  name: 'restore-var',
  summary: "Restore the seed's /var",

  async check({ host }) {
    const { digest } = await preparedSeed(host);
    const done = await isMarked(host, 'restore-var', digest);
    return { done, because: `the seed's /var is ${done ? '' : 'not yet '}in the new stateroot` };
  },

  async apply({ host, signal }) {
    const { digest } = await preparedSeed(host);
    const system = await newSystem(host);
    const seed = await openSeed(host, WORKSPACE.layout);
    await seed.unpack('var', system.staterootPath, { signal });
    await mark(host, 'restore-var', digest);
  },
};
