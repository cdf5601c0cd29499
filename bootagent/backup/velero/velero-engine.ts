import { BACKUP_DIRECTORY, RESTORES_DIRECTORY } from '../../../core/contract/paths.ts';
import { bootId } from '../../../core/log/black-box.ts';
import { newSystem } from '../../stages/prep/new-system.ts';
import { readBegunBackups, writeBegunBackups } from '../begun-backups.ts';
import { withClusterApi } from '../cluster-api.ts';
import { readPassedContent } from '../content.ts';
import type { BackupEngine } from '../engine.ts';
import { nodeId } from '../node-id.ts';
import { protectVolumes } from '../protected-volumes.ts';
import { inWaves } from '../waves.ts';
import { backUpWithVelero } from './back-up-with-velero.ts';
import { checkWithVelero, newObject } from './check-velero.ts';
import { exportConfiguration } from './export-velero.ts';
import {
  EXPORTED_PLAN,
  type PlannedObject,
  readVeleroPlan,
  VELERO_NOTE,
  VELERO_PLAN,
  writeVeleroPlan,
} from './velero-plan.ts';

/** A Velero (or OADP) that runs in the cluster, driven by its resources. All of it is done while the cluster runs. */
export const veleroEngine: BackupEngine = {
  name: 'velero',

  async check({ host, request, signal }) {
    const content = await readPassedContent(host, request.oadpContent);
    await withClusterApi(host, signal, (api) => checkWithVelero(api, content, signal));
  },

  async checkPlaces() {
    // Velero's backups lie elsewhere, and what it restores is made by the new cluster
  },

  async restoredBytes() {
    return 0;
  },

  async begin({ host, request, report, signal }) {
    const content = await readPassedContent(host, request.oadpContent);
    const clusterId = await nodeId(host);
    await withClusterApi(host, signal, async (api) => {
      await protectVolumes(host, api.client, signal);
      await host.makeDirectory(BACKUP_DIRECTORY, 0o700);
      // noted before anything is made, so that all of it is removed again
      await host.writeAtomic(VELERO_NOTE, JSON.stringify({ clusterId, boot: await bootId(host) }), {
        mode: 0o600,
      });
      await backUpWithVelero({ host, api, report, signal, clusterId }, content);
      const plan = {
        version: 1,
        request: request.specHash,
        clusterId,
        configuration: [...(await exportConfiguration(api.client, signal))],
        waves: inWaves(content.restores).map((wave) =>
          wave.map(({ written, namespace }) => newObject(written, namespace) as unknown as PlannedObject),
        ),
      } as const;
      await writeVeleroPlan(host, plan, EXPORTED_PLAN);
    });
    await writeBegunBackups(host, request.specHash, { engine: 'velero', backups: {} });
  },

  async isMade({ host, request }) {
    const done = (await readBegunBackups(host, request.specHash))?.engine === 'velero';
    return { done, because: `Velero has ${done ? 'made' : 'not yet made'} its backups` };
  },

  async make({ host, request, report, signal }) {
    await veleroEngine.begin({ host, request, report, signal });
  },

  async isHandedOver({ host, request }) {
    const { staterootPath } = await newSystem(host);
    const plan = await readVeleroPlan(host, staterootPath + VELERO_PLAN);
    const done = plan?.request === request.specHash;
    return { done, because: `the new system ${done ? 'knows' : 'does not know yet'} what to restore` };
  },

  async handOver({ host }) {
    const plan = await readVeleroPlan(host, EXPORTED_PLAN);
    if (plan === null) return; // the step's second look says so
    const { staterootPath } = await newSystem(host);
    await host.makeDirectory(staterootPath + RESTORES_DIRECTORY, 0o700);
    await writeVeleroPlan(host, plan, staterootPath + VELERO_PLAN);
  },
};
