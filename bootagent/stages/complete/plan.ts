import type { Sequence } from '../../../core/sequence/step.ts';
import type { CompleteContext } from './complete-context.ts';
import { commit } from './steps/commit.ts';
import { proveHealth } from './steps/prove-health.ts';

/** What the agent does in the new stateroot after the first boot. Any failure is a way back. */
export const COMPLETE: Sequence<CompleteContext> = {
  name: 'complete',
  steps: [
    proveHealth,
    // nothing may come after this that could still fail the upgrade
    commit,
  ],
};
