import { openSeed } from '../../../../core/seedimage/seed.ts';
import { removeDeletions } from '../../../../core/seedimage/seed-metadata.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import type { StageContext } from '../../stage-context.ts';
import { isMarked, mark, WORKSPACE } from '../../workspace.ts';
import { newSystem } from '../new-system.ts';
import { preparedSeed } from '../prepared-seed.ts';

/** Lays the seed's changes of /etc over the deployment's defaults, and takes away what the seed had removed. */
export const restoreEtc: Step<StageContext> = {
  name: 'restore-etc',
  summary: "Restore the seed's /etc",

  async check({ host }) {
    const { digest } = await preparedSeed(host);
    const done = await isMarked(host, 'restore-etc', digest);
    return { done, because: `the seed's /etc is ${done ? '' : 'not yet '}in the new deployment` };
  },

  async apply({ host, signal }) {
    const { digest } = await preparedSeed(host);
    const system = await newSystem(host);
    const seed = await openSeed(host, WORKSPACE.layout);
    await seed.unpack('etc', system.deploymentPath, { signal });
    const { etcDeletions } = await seed.metadata();
    await removeDeletions(host, system.deploymentPath, etcDeletions);
    await mark(host, 'restore-etc', digest);
  },
};
