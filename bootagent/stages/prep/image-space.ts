import type { SeedInfo } from '../../../core/contract/seed-info.ts';

/**
 * Bytes the container storage has to take at most: the sizes of the seed's images that are not there yet, layers they
 * share counted in each; 0 where the seed does not say.
 *
 * @param present whether the storage has an image by that pull spec
 */
export function imageSpaceNeeded({ lca }: SeedInfo, present: (pullSpec: string) => boolean): number {
  return (lca?.images ?? [])
    .filter(({ pull_spec }) => !present(pull_spec))
    .reduce((sum, { size }) => sum + size, 0);
}
