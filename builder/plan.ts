import type { Sequence } from '../core/sequence/step.ts';
import type { SeedContext } from './seed-context.ts';
import { assembleImage } from './steps/assemble-image.ts';
import { checkNode } from './steps/check-node.ts';
import { gatherInfo } from './steps/gather-info.ts';
import { listImages } from './steps/list-images.ts';
import { pushImage } from './steps/push-image.ts';
import { saveEtc } from './steps/save-etc.ts';
import { saveSystem } from './steps/save-system.ts';
import { saveVar } from './steps/save-var.ts';
import { startWorkloads } from './steps/start-workloads.ts';
import { stopWorkloads } from './steps/stop-workloads.ts';

/** How a seed image is made. */
export const SEED_CREATE: Sequence<SeedContext> = {
  name: 'seed create',
  steps: [
    checkNode,
    gatherInfo,
    listImages,
    saveSystem, // before the workloads stop: the commit cannot change, and it is the largest part
    stopWorkloads,
    saveEtc,
    saveVar,
    startWorkloads, // before the image is pushed: that needs the network, not a quiet node
    assembleImage,
    pushImage,
  ],
};
