import { nodePlatform } from '../../core/platform/index.ts';
import type { Step } from '../../core/sequence/step.ts';
import { areOriginalsKept, keepOriginals } from '../kept-originals.ts';
import type { SeedContext } from '../seed-context.ts';

/** Keeps the cluster's database and crypto, so that this node gets back exactly what it had. */
export const keepCrypto: Step<SeedContext> = {
  name: 'keep-crypto',
  summary: "Keep the cluster's database and crypto for this node",

  async check({ host }) {
    if ((await nodePlatform(host)).cluster === undefined)
      return { done: true, because: 'there is no cluster' };
    const done = await areOriginalsKept(host);
    return { done, because: done ? 'they are kept' : 'they are only where the cluster has them' };
  },

  async apply({ host }) {
    const { cluster } = await nodePlatform(host);
    if (cluster === undefined) return;
    const { dataDirectory, directories, files, encryptionConfigs } = await cluster.readCryptoPlaces(host);
    // the keys of encryption at rest are replaced too, wherever they lie: the kept database is read with the old ones
    await keepOriginals(host, dataDirectory, [...directories, ...files, ...encryptionConfigs]);
  },
};
