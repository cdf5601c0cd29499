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
import { tagImages } from './steps/tag-images.ts';
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
    // after /var, which has the seed's list; it takes longest
    precacheImagesStep,
    tagImages,
  ],
};

/** The first step of the history's phase `Precache`; what comes before it is `Stateroot`. */
export const PRECACHE_STEP = precacheImagesStep.name;
