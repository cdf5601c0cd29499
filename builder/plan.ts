import type { Sequence } from '../core/sequence/step.ts';
import type { SeedContext } from './seed-context.ts';
import { assembleImage } from './steps/assemble-image.ts';
import { checkCluster } from './steps/check-cluster.ts';
import { checkNode } from './steps/check-node.ts';
import { cleanCluster } from './steps/clean-cluster.ts';
import { expireCrypto } from './steps/expire-crypto.ts';
import { gatherInfo } from './steps/gather-info.ts';
import { keepCrypto } from './steps/keep-crypto.ts';
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
    checkCluster,
    gatherInfo,
    listImages,
    saveSystem, // before the workloads stop: the commit cannot change, and it is the largest part
    cleanCluster, // late, since it is not undone; and while the API is still there
    stopWorkloads,
    keepCrypto, // before anything of it changes
    expireCrypto,
    saveEtc,
    saveVar,
    startWorkloads, // with the crypto put back; before the image is pushed: that needs the network, not a quiet node
    assembleImage,
    pushImage,
  ],
};
