import type { Sequence } from '../../../core/sequence/step.ts';
import type { StageContext } from '../stage-context.ts';
import { arm } from './steps/arm.ts';
import { carryOver } from './steps/carry-over.ts';
import { checkBootFilesStep } from './steps/check-boot-files.ts';
import { checkHealth } from './steps/check-health.ts';
import { exportClusterStep } from './steps/export-cluster.ts';
import { exportSite } from './steps/export-site.ts';
import { handOverFiles } from './steps/hand-over-files.ts';
import { noteImageTags } from './steps/note-image-tags.ts';
import { placeEarlyIdentity } from './steps/place-early-identity.ts';
import { recordAttempt } from './steps/record-attempt.ts';
import { stopWorkloads } from './steps/stop-workloads.ts';

/** What Upgrade does before the reboot. Until `arm` nothing has changed for the running system but its workloads. */
export const UPGRADE: Sequence<StageContext> = {
  name: 'upgrade',
  steps: [
    // a sick node is not upgraded: the upgrade would be blamed, and rolled back, for what was there before
    checkHealth,
    checkBootFilesStep,
    // while the API is still there to be asked
    exportClusterStep,
    // downtime begins here: data is copied at rest
    stopWorkloads,
    carryOver,
    exportSite,
    placeEarlyIdentity,
    noteImageTags,
    handOverFiles,
    recordAttempt,
    // last, see there
    arm,
  ],
};
