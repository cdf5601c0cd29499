import { SEED_INFO_PATH } from '../../../core/contract/paths.ts';
import { readSeedInfo } from '../../../core/contract/seed-info.ts';
import type { Host } from '../../../core/host/host.ts';
import { imageIds } from '../../../core/platform/index.ts';
import { staterootPath } from '../../../core/sysroot/sysroot.ts';
import { preparedSeed } from './prepared-seed.ts';

/** A tag of the seed, the image it means there, and the one it means here (undefined: none). */
export interface SeedTag {
  readonly tag: string;
  readonly pullSpec: string;
  /** Ids; `wanted` is undefined if the image is not there. */
  readonly wanted: string | undefined;
  readonly present: string | undefined;
}

/** What the tags of the prepared seed mean there and here. */
export async function seedTags(host: Host): Promise<readonly SeedTag[]> {
  const { stateroot } = await preparedSeed(host);
  const info = await readSeedInfo(host, staterootPath(stateroot) + SEED_INFO_PATH);
  const tags = (info.lca?.images ?? []).flatMap(({ pull_spec, tags: names }) =>
    names.map((tag) => ({ tag, pullSpec: pull_spec })),
  );
  if (tags.length === 0) return [];
  const ids = await imageIds(host);
  return tags.map(({ tag, pullSpec }) => ({
    tag,
    pullSpec,
    wanted: ids.get(pullSpec),
    present: ids.get(tag),
  }));
}
