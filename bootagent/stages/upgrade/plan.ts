import type { Sequence } from '../../../core/sequence/step.ts';
import type { StageContext } from '../stage-context.ts';
import { outlastingOutages } from './outlast-outages.ts';
import { arm } from './steps/arm.ts';
import { backUp } from './steps/back-up.ts';
import { backUpResources } from './steps/back-up-resources.ts';
import { carryOver } from './steps/carry-over.ts';
import { checkBackups } from './steps/check-backups.ts';
import { checkBootFilesStep } from './steps/check-boot-files.ts';
import { checkBootOrder } from './steps/check-boot-order.ts';
import { checkHealth } from './steps/check-health.ts';
import { exportClusterStep } from './steps/export-cluster.ts';
import { exportManifests } from './steps/export-manifests.ts';
import { exportSite } from './steps/export-site.ts';
import { handOverFiles } from './steps/hand-over-files.ts';
import { handOverRestores } from './steps/hand-over-restores.ts';
import { noteImageTags } from './steps/note-image-tags.ts';
import { placeEarlyIdentity } from './steps/place-early-identity.ts';
import { placeSiteFiles } from './steps/place-site-files.ts';
import { recordAttempt } from './steps/record-attempt.ts';
import { stopWorkloads } from './steps/stop-workloads.ts';

/** What Upgrade does before the reboot. Until `arm` nothing has changed for the running system but its workloads. */
export const UPGRADE: Sequence<StageContext> = {
  name: 'upgrade',
  steps: [
    // a sick node is not upgraded: the upgrade would be blamed, and rolled back, for what was there before
    checkHealth,
    checkBootOrder,
    checkBootFilesStep,
    // while everything still runs: what will not work is not worth a downtime
    outlastingOutages(checkBackups),
    // while the API is still there to be asked
    outlastingOutages(exportClusterStep),
    outlastingOutages(exportManifests),
    outlastingOutages(backUpResources),
    // while the container runtime is: it goes with the workloads
    noteImageTags,
    // downtime begins here: data is copied at rest
    stopWorkloads,
    carryOver,
    backUp,
    exportSite,
    // what needs no running system is done before the reboot: less to wait for at the first boot, and failing costs nothing
    placeSiteFiles,
    placeEarlyIdentity,
    handOverFiles,
    // after the site, which is exported anew as a whole; the last look before there is an attempt
    handOverRestores,
    recordAttempt,
    // last, see there
    arm,
  ],
};
