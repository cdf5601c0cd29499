import type { Sequence } from '../../../core/sequence/step.ts';
import { setImageTagsStep } from '../../boot/steps/set-image-tags.ts';
import type { CompleteContext } from './complete-context.ts';
import { applyClusterConfiguration } from './steps/apply-cluster-configuration.ts';
import { applyConfigManifests, applyPolicyManifests } from './steps/apply-manifests.ts';
import { awaitEssentials } from './steps/await-essentials.ts';
import { commit } from './steps/commit.ts';
import { forgetSeed } from './steps/forget-seed.ts';
import { proveHealth } from './steps/prove-health.ts';
import { restoreResources } from './steps/restore-resources.ts';
import { waitForApi } from './steps/wait-for-api.ts';

/** What the agent does in the new stateroot after the first boot. Any failure is a way back. */
export const COMPLETE: Sequence<CompleteContext> = {
  name: 'complete',
  steps: [
    setImageTagsStep, // once more: a store that is a service was not up when the boot agent ran
    waitForApi,
    applyClusterConfiguration, // before health: it may move workloads, and has to have succeeded
    awaitEssentials,
    // before the other health checks: what they look at may come from manifests
    applyPolicyManifests,
    applyConfigManifests,
    // manifests may bring what restored objects need
    restoreResources,
    proveHealth,
    forgetSeed,
    // nothing may come after this that could still fail the upgrade
    commit,
  ],
};
