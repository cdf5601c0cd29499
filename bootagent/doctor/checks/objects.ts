import { readObjects } from '../../../core/contract/objects.ts';
import { DEFAULT_NAMESPACE } from '../../../core/contract/stage.ts';
import { checkBackupContent } from '../../backup/check-content.ts';
import { checkCarriedOut } from '../../stages/prep/fit.ts';
import { type DoctorCheck, fine } from '../doctor-check.ts';

/** Every object that the request refers to is there and readable, and lca does what they ask for. */
export const objects: DoctorCheck = {
  name: 'objects',
  async look({ host, request }) {
    const asked = await request();
    const all = await readObjects(host);
    if (asked === null) return fine('nothing is referred to');
    checkCarriedOut(asked);
    await checkBackupContent(host, asked);
    let count = asked.oadpContent.length;
    const secret = asked.seedImageRef?.pullSecretRef;
    if (secret !== null && secret !== undefined) {
      all.secret({ name: secret, namespace: DEFAULT_NAMESPACE }, 'spec.seedImageRef.pullSecretRef');
      count += 1;
    }
    const maps = [
      ...(asked.additionalImages === null
        ? []
        : [[asked.additionalImages, 'spec.additionalImages'] as const]),
    ];
    for (const [ref, field] of maps) all.configMap(ref, field);
    return fine(`${count + maps.length} objects are referred to, and all are there`);
  },
};
