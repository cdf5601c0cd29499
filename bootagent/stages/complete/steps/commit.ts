import { readPivot } from '../../../../core/contract/pivot.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { commit as commitPivot, isDefault } from '../../../pivot/commit.ts';
import type { CompleteContext } from '../complete-context.ts';

/** What the black box says of it. */
export const CONFIRMED = 'The new stateroot is confirmed and the default';

/** The point of no automatic return: the new deployment becomes the default. */
export const commit: Step<CompleteContext> = {
  name: 'commit',
  summary: 'Make the new stateroot the default',

  async check({ host }) {
    const { pivot } = await readPivot(host);
    const done = pivot === null && (await isDefault(host));
    return { done, because: `the running stateroot is ${done ? '' : 'not yet '}confirmed as the default` };
  },

  async apply({ host, pivot, note }) {
    await commitPivot(host, pivot);
    await note('pivot', CONFIRMED);
  },
};
