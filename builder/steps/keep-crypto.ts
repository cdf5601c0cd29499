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
    const places = await cluster.readCryptoPlaces(host);
    await keepOriginals(host, places.dataDirectory, [...places.directories, ...places.files]);
  },
};
