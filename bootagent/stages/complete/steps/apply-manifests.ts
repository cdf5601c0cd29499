import type { Host } from '../../../../core/host/host.ts';
import { nodePlatform } from '../../../../core/platform/index.ts';
import type { Step } from '../../../../core/sequence/step.ts';
import { applyManifests } from '../../../manifests/apply-manifests.ts';
import { ManifestError } from '../../../manifests/manifest-error.ts';
import { MANIFEST_DIRECTORIES, readStoredManifests } from '../../../manifests/stored-manifests.ts';
import { APPLY_STEPS, MESSAGES } from '../../state-machine/messages.ts';
import type { CompleteContext } from '../complete-context.ts';
import { secondsOfTrial } from '../time-of-trial.ts';

/** Whether manifests of any source wait to be applied. */
export async function manifestsWait(host: Host): Promise<boolean> {
  for (const directory of Object.values(MANIFEST_DIRECTORIES))
    if ((await host.list(directory)).length > 0) return true;
  return false;
}

/** What policies hold for this version; before the site's own manifests, which may override it. */
export const applyPolicyManifests = applyStep(
  'policy',
  'Apply manifests from policies',
  MESSAGES.upgrade.applyingPolicyManifests,
);

/** What `spec.extraManifests` names, in its waves. */
export const applyConfigManifests = applyStep(
  'extra',
  'Apply extra manifests',
  MESSAGES.upgrade.applyingConfigManifests,
);

/** Applied manifests are removed as a whole at the end: a step that was cut off begins with the first one again. */
function applyStep(
  source: keyof typeof MANIFEST_DIRECTORIES,
  summary: string,
  message: string,
): Step<CompleteContext> {
  const directory = MANIFEST_DIRECTORIES[source];
  return {
    name: APPLY_STEPS[source],
    summary,

    async check({ host }) {
      const left = (await host.list(directory)).length;
      return {
        done: left === 0,
        because: left === 0 ? 'no manifests wait' : `${left} groups of manifests wait`,
      };
    },

    async apply({ host, pivot, report, signal }) {
      await report(message);
      const api = await (await nodePlatform(host)).kubernetesApi(host);
      if (api === null) {
        throw new ManifestError(
          'rejected',
          `Manifests wait in ${directory}, and there is no cluster to apply them to.`,
          {
            remedy: 'Use a seed of the same kind of node.',
          },
        );
      }
      try {
        const manifests = await readStoredManifests(host, directory);
        await applyManifests(api, manifests, {
          host,
          signal,
          budgetMs: (await secondsOfTrial(host, pivot)) * 1000,
          report: (text) => report(`${message}: ${text}`),
        });
      } finally {
        api.close();
      }
      await host.remove(directory);
    },
  };
}
