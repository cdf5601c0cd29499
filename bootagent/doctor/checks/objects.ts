import { DEFAULT_NAMESPACE } from '../../../core/contract/stage.ts';
import { hasCluster } from '../../../core/platform/index.ts';
import { backupEngine } from '../../backup/engine.ts';
import { checkCarriedOut } from '../../stages/prep/fit.ts';
import { type DoctorCheck, fine } from '../doctor-check.ts';

/** Every object that the request refers to is there and readable, and lca does what they ask for. */
export const objects: DoctorCheck = {
  name: 'objects',
  async look({ host, request, objects: read }) {
    const asked = await request();
    const all = await read();
    if (asked === null) return fine('nothing is referred to');
    checkCarriedOut(asked, await hasCluster(host));
    if (asked.oadpContent.length > 0) {
      const signal = new AbortController().signal;
      await (await backupEngine(host, asked)).check({ host, request: asked, signal });
    }
    let count = asked.oadpContent.length;
    const secret = asked.seedImageRef?.pullSecretRef;
    if (secret !== null && secret !== undefined) {
      all.secret({ name: secret, namespace: DEFAULT_NAMESPACE }, 'spec.seedImageRef.pullSecretRef');
      count += 1;
    }
    if (asked.additionalImages !== null) {
      all.configMap(asked.additionalImages, 'spec.additionalImages');
      count += 1;
    }
    for (const [index, ref] of asked.extraManifests.entries()) {
      all.configMap(ref, `spec.extraManifests[${index}]`);
      count += 1;
    }
    return fine(`${count} objects are referred to, and all are there`);
  },
};
