import type { Sequence } from '../../../core/sequence/step.ts';
import type { RollbackContext } from './rollback-context.ts';
import { handBack } from './steps/hand-back.ts';
import { setOldDefault } from './steps/set-default.ts';

/** What Rollback does before the reboot. */
export const ROLLBACK: Sequence<RollbackContext> = {
  name: 'rollback',
  steps: [
    // before the default changes: a power cut in between must find the old stateroot informed
    handBack,
    setOldDefault,
  ],
};
