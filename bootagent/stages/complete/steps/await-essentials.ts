import type { Step } from '../../../../core/sequence/step.ts';
import { becomeWell } from '../become-well.ts';
import type { CompleteContext } from '../complete-context.ts';
import { manifestsWait } from './apply-manifests.ts';

/** What manifests need is up: the mandatory checks. The others may need the manifests. */
export const awaitEssentials: Step<CompleteContext> = {
  name: 'await-essentials',
  summary: 'Wait until what manifests need is up',

  async check({ host, proven }) {
    if (!(await manifestsWait(host))) return { done: true, because: 'no manifests wait' };
    return {
      done: proven.essentials,
      because: `the mandatory checks ${proven.essentials ? 'are' : 'have to be'} content`,
    };
  },

  async apply(context) {
    await becomeWell(context, 'mandatory');
    context.proven.essentials = true;
  },
};
