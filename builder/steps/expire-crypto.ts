import { nodePlatform } from '../../core/platform/index.ts';
import type { Step } from '../../core/sequence/step.ts';
import { clusterPlaces } from '../../recert/options/cluster-places.ts';
import { resolveInputs } from '../../recert/options/inputs.ts';
import { recert } from '../../recert/recert.ts';
import type { SeedContext } from '../seed-context.ts';
import { RECERT_DIRECTORY } from '../work-directory.ts';

/**
 * Gives the cluster at rest new crypto that has expired already: what goes into the image is nobody's key, and a target
 * that would start with it could not. It also shows that this cluster can be re-issued at all.
 */
export const expireCrypto: Step<SeedContext> = {
  name: 'expire-crypto',
  summary: "Replace the cluster's crypto by expired one, which is what goes into the image",

  async check({ host, findings }) {
    if ((await nodePlatform(host)).cluster === undefined)
      return { done: true, because: 'there is no cluster' };
    const done = findings.expiredCrypto !== undefined;
    return { done, because: done ? 'no key of this node is left in it' : "its crypto is this node's" };
  },

  async apply({ host, findings }) {
    const { cluster } = await nodePlatform(host);
    if (cluster === undefined) return;
    const places = await cluster.readCryptoPlaces(host);
    const inputs = await resolveInputs(
      {
        ...clusterPlaces(places),
        force_expire: true,
        // earlier values of its keys are secrets too
        etcd_forget_history: true,
        state_dir: RECERT_DIRECTORY,
      },
      host,
    );
    await recert(inputs, host);
    findings.expiredCrypto = [places.dataDirectory, ...places.directories, ...places.files];
  },
};
