import { seedImageRefOf } from '../../../../core/contract/image-based-upgrade.ts';
import { readObjects } from '../../../../core/contract/objects.ts';
import { SITE_DIRECTORY } from '../../../../core/contract/paths.ts';
import { hasCluster, nodePlatform } from '../../../../core/platform/index.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { inWaves } from '../../../manifests/manifest.ts';
import { checkCount } from '../../../manifests/policies.ts';
import { readManifests } from '../../../manifests/read-manifests.ts';
import { policyManifests } from '../../../manifests/read-policies.ts';
import { MANIFEST_DIRECTORIES, storeManifests } from '../../../manifests/stored-manifests.ts';
import { newSystem } from '../../prep/new-system.ts';
import type { StageContext } from '../../stage-context.ts';
import { MESSAGES } from '../../state-machine/messages.ts';

/** Holds the request that manifests were exported for. */
export const MANIFESTS_EXPORTED_FOR = `${SITE_DIRECTORY}/manifests-exported-for`;

/** Manifests from policies and from ConfigMaps wait in the new stateroot until its cluster is up. */
export const exportManifests: Step<StageContext> = {
  name: 'export-manifests',
  summary: 'Hand over manifests to be applied in the new system',

  async check({ host, request }) {
    if (!(await hasCluster(host)))
      return { done: true, because: 'there is no cluster to apply manifests to' };
    const { staterootPath } = await newSystem(host);
    const done = (await host.readText(staterootPath + MANIFESTS_EXPORTED_FOR))?.trim() === request.specHash;
    return { done, because: `manifests are ${done ? '' : 'not yet '}in the new stateroot` };
  },

  async apply({ host, request, report, signal }) {
    await report(MESSAGES.upgrade.exportingManifests);
    const { staterootPath } = await newSystem(host);
    await host.makeDirectory(staterootPath + SITE_DIRECTORY, 0o700);
    const api = await (await nodePlatform(host)).kubernetesApi(host);
    if (api === null) return;
    try {
      const policies = await policyManifests(api, seedImageRefOf(request).version, signal);
      checkCount(request, policies);
      await storeManifests(host, staterootPath + MANIFEST_DIRECTORIES.policy, policies);
    } finally {
      api.close();
    }
    const own = readManifests(await readObjects(host), request.extraManifests);
    await storeManifests(host, staterootPath + MANIFEST_DIRECTORIES.extra, inWaves(own));
    await host.sync(staterootPath);
    await host.writeAtomic(staterootPath + MANIFESTS_EXPORTED_FOR, `${request.specHash}\n`);
  },
};
