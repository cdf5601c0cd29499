import type { Sequence } from '../../../core/sequence/step.ts';
import type { CompleteContext } from './complete-context.ts';
import { applyConfigManifests, applyPolicyManifests } from './steps/apply-manifests.ts';
import { awaitEssentials } from './steps/await-essentials.ts';
import { commit } from './steps/commit.ts';
import { proveHealth } from './steps/prove-health.ts';

/** What the agent does in the new stateroot after the first boot. Any failure is a way back. */
export const COMPLETE: Sequence<CompleteContext> = {
  name: 'complete',
  steps: [
    awaitEssentials,
    // before the other health checks: what they look at may come from manifests
    applyPolicyManifests,
    applyConfigManifests,
    proveHealth,
    // nothing may come after this that could still fail the upgrade
    commit,
  ],
};
