import type { LayerPlan } from '../../core/seedimage/layer-writer.ts';
import { allowList, PrivateKeySearch } from '../../core/seedimage/private-keys.ts';
import type { LeftOut } from '../../core/seedimage/seed-metadata.ts';
import { writeLayers } from '../../core/seedimage/write-seed.ts';
import { EXCLUSIONS, type ExclusionTest, excluder } from '../exclusions.ts';
import type { SavedTree, SeedContext } from '../seed-context.ts';

/** The house's exclusions, and the places this very build writes to. */
export function exclusionsOf({ request, layout }: Pick<SeedContext, 'request' | 'layout'>): ExclusionTest {
  const own = [layout, request.outputDirectory, request.registry.authfile].filter(
    (path) => path !== undefined,
  );
  return excluder([
    ...EXCLUSIONS,
    ...own.map((pattern) => ({ pattern, because: 'made for this seed image' })),
  ]);
}

/** Writes a tree's layers and looks for private keys in everything that passes. */
export async function saveTree(
  { host, layout, request, onBytes, signal }: SeedContext,
  plans: readonly LayerPlan[],
  leftOut: readonly LeftOut[],
): Promise<SavedTree> {
  const allowed = allowList(request.allowPrivateKeys);
  const privateKeys = new Set<string>();
  const layers = await writeLayers(host, plans, {
    layout,
    onBytes,
    signal,
    inspect: () => new PrivateKeySearch(allowed, privateKeys),
  });
  return { layers, leftOut, privateKeys: [...privateKeys].toSorted() };
}
