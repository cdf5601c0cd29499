import { TARGET_MANIFEST_COUNT } from '../../../core/contract/annotations.ts';
import { nodePlatform } from '../../../core/platform/index.ts';
import { checkCount } from '../../manifests/policies.ts';
import { readManifests, validationText } from '../../manifests/read-manifests.ts';
import { policyManifests } from '../../manifests/read-policies.ts';
import { validateManifests } from '../../manifests/validate-manifests.ts';
import { checkCarriedOut } from '../../stages/prep/fit.ts';
import { type DoctorCheck, fine, warning } from '../doctor-check.ts';

/** Extra manifests can be read, are allowed, and the API server says now what it thinks of each. */
export const manifests: DoctorCheck = {
  name: 'manifests',
  async look({ host, request, objects }) {
    const asked = await request();
    if (asked === null) return fine('no manifests are asked for');
    const count = asked.annotations[TARGET_MANIFEST_COUNT];
    if (asked.extraManifests.length === 0 && count === undefined) return fine('no manifests are asked for');
    const api = await (await nodePlatform(host)).kubernetesApi(host);
    checkCarriedOut(asked, api !== null);
    if (api === null)
      return fine(`there is no cluster whose policies ${TARGET_MANIFEST_COUNT} could be about`);
    try {
      const version = asked.seedImageRef?.version ?? '';
      checkCount(asked, count === undefined ? [] : await policyManifests(api, version));
      const wanted = readManifests(await objects(), asked.extraManifests);
      const doubts = await validateManifests(api, wanted);
      if (doubts.length === 0) return fine(`the API server takes all ${wanted.length} manifests`);
      return warning(
        validationText(doubts),
        'See that the seed brings what these manifests need (CRDs, namespaces), or correct them; an upgrade goes on.',
      );
    } finally {
      api.close();
    }
  },
};
