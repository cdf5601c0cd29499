import type { Sequence } from '../../../core/sequence/step.ts';
import type { StageContext } from '../stage-context.ts';
import { createStateroot } from './steps/create-stateroot.ts';
import { deploy } from './steps/deploy.ts';
import { importCommit } from './steps/import-commit.ts';
import { inspectSeedStep } from './steps/inspect-seed.ts';
import { placeBootAgent } from './steps/place-boot-agent.ts';
import { precacheImagesStep } from './steps/precache-images.ts';
import { pullSeedStep } from './steps/pull-seed.ts';
import { restoreEtc } from './steps/restore-etc.ts';
import { restoreVar } from './steps/restore-var.ts';
import { unpackObjects } from './steps/unpack-objects.ts';

/** What Prep does, while the node goes on working. Any step may be cut off and is simply begun again. */
export const PREP: Sequence<StageContext> = {
  name: 'prep',
  steps: [
    // everything that can be refused is refused here, before a byte is fetched
    inspectSeedStep,
    pullSeedStep,
    unpackObjects,
    importCommit,
    createStateroot,
    // needs the stateroot, and comes before its files: the deployment is where /etc goes
    deploy,
    restoreVar,
    restoreEtc,
    // after /etc and /var, which bring the seed's own boot agent along
    placeBootAgent,
    // last, because it needs the seed's list out of /var, and takes longest
    precacheImagesStep,
  ],
};

/** Steps that belong to the history's phase `Stateroot`; the rest is `Precache`. */
export const PRECACHE_STEP = precacheImagesStep.name;
