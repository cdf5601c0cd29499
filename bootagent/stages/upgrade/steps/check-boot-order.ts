import type { Step } from '../../../../core/sequence/step.ts';
import { hasStagedDeployment } from '../../../../core/tools/ostree-admin.ts';
import { GIVE_UP_STAGED } from '../../prep/fit.ts';
import type { StageContext } from '../../stage-context.ts';
import { StageError } from '../../stage-error.ts';

/**
 * An update that is staged would be finished on the way down to the reboot, as the new default: the order to boot the new
 * stateroot once would go to another deployment. Whether it is wanted is not for lca to say.
 */
export const checkBootOrder: Step<StageContext> = {
  name: 'check-boot-order',
  summary: 'Check that nothing else is to boot next',

  async check({ host }) {
    const isStaged = await hasStagedDeployment(host);
    return {
      done: !isStaged,
      because: isStaged ? 'an update of the system is staged' : 'no update is staged',
    };
  },

  async apply() {
    throw new StageError('update-staged', 'An update of the running system is staged for the next reboot.', {
      remedy: `${GIVE_UP_STAGED}\nThen go through Idle to Prep.`,
    });
  },
};
