import type { Sequence } from '../../../core/sequence/step.ts';
import type { CleanUpContext } from './clean-up-context.ts';
import { disarm } from './steps/disarm.ts';
import { removeBackups } from './steps/remove-backups.ts';
import { removeDeployments } from './steps/remove-deployments.ts';
import { removeImages } from './steps/remove-images.ts';
import { removeStateroots } from './steps/remove-stateroots.ts';
import { removeWorkspace } from './steps/remove-workspace.ts';

/** Cleaning up on the way to Idle, after an abort as after a finalize. Each step is tried even if an earlier one failed. */
export const CLEAN_UP: Sequence<CleanUpContext> = {
  name: 'clean-up',
  steps: [
    // first: nothing may boot what is about to be removed
    disarm,
    removeDeployments,
    // ostree keeps a stateroot's directory when its last deployment goes
    removeStateroots,
    removeImages,
    removeBackups,
    removeWorkspace,
  ],
};
