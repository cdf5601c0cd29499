import type { SeedInfo } from '../../../core/contract/seed-info.ts';

/**
 * Bytes the container storage has to take at most: what the seed says all of its images need, as if this node had none
 * of them; 0 where the seed does not say.
 */
export function imageSpaceNeeded(info: SeedInfo): number {
  return info.lca?.sizes['images']?.unpacked ?? 0;
}
