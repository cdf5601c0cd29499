import { SEED_DIRECTORY } from '../../../../core/contract/paths.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import type { CompleteContext } from '../complete-context.ts';

/** What the seed was and what it was called has been of use; from here on it is another node's. */
export const forgetSeed: Step<CompleteContext> = {
  name: 'forget-seed',
  summary: 'Remove what the seed image said of the seed node',

  async check({ host }) {
    const done = (await host.stat(SEED_DIRECTORY)) === undefined;
    return { done, because: `${SEED_DIRECTORY} is ${done ? 'not there' : 'there'}` };
  },

  async apply({ host }) {
    await host.remove(SEED_DIRECTORY);
  },
};
