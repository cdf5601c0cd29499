import type { Step } from '../../../../core/sequence/step.ts';
import { staterootPath } from '../../../../core/sysroot/sysroot.ts';
import { initStateroot } from '../../../../core/tools/ostree-admin.ts';
import type { StageContext } from '../../stage-context.ts';
import { preparedSeed } from '../prepared-seed.ts';

/** `/ostree/deploy/<name>` with an empty `/var`. */
export const createStateroot: Step<StageContext> = {
  name: 'create-stateroot',
  summary: 'Create the new stateroot',

  async check({ host }) {
    const { stateroot } = await preparedSeed(host);
    const there = (await host.stat(`${staterootPath(stateroot)}/var`)) !== undefined;
    return { done: there, because: `the stateroot ${stateroot} ${there ? 'exists' : 'does not exist yet'}` };
  },

  async apply({ host }) {
    const { stateroot } = await preparedSeed(host);
    await initStateroot(host, stateroot);
  },
};
