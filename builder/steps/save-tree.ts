import type { LayerPlan } from '../../core/seedimage/layer-writer.ts';
import { allowList, PrivateKeySearch } from '../../core/seedimage/private-keys.ts';
import type { LeftOut } from '../../core/seedimage/seed-metadata.ts';
import { writeLayers } from '../../core/seedimage/write-seed.ts';
import { isChangedMeanwhile } from '../../core/tools/gnu-tar.ts';
import { BuilderError } from '../builder-error.ts';
import { EXCLUSIONS, type ExclusionTest, excluder, LCA } from '../exclusions.ts';
import type { SavedTree, SeedContext } from '../seed-context.ts';

const TRIES = 3;

/** The house's exclusions, and the places this very build writes to. */
export function exclusionsOf({
  request,
  layout,
  findings,
}: Pick<SeedContext, 'request' | 'layout' | 'findings'>): ExclusionTest {
  const own = [layout, request.outputDirectory, request.registry.authfile].filter(
    (path) => path !== undefined,
  );
  return excluder([
    ...EXCLUSIONS,
    ...(findings.exclusions ?? []),
    ...own.map((pattern) => ({ pattern, because: LCA })),
  ]);
}

/** What a look at a tree finds worth saving. */
export interface Found {
  readonly plans: readonly LayerPlan[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Looks at a tree, writes its layers and searches everything that passes for private keys. If something else changes
 * or removes files meanwhile, it looks again.
 *
 * @param what the tree's path, for messages
 * @throws BuilderError `file-changed` if that happens three times in a row
 */
export async function saveTree<More extends Found>(
  { host, layout, request, findings, onBytes, signal }: SeedContext,
  what: string,
  look: () => Promise<More>,
): Promise<SavedTree & { readonly found: More }> {
  const allowed = allowList([...request.allowPrivateKeys, ...(findings.expiredCrypto ?? [])]);
  for (let attempt = 1; ; attempt += 1) {
    const privateKeys = new Set<string>();
    const inspect = (): PrivateKeySearch => new PrivateKeySearch(allowed, privateKeys);
    try {
      const found = await look();
      const layers = await writeLayers(host, found.plans, { layout, onBytes, signal, inspect });
      return { layers, leftOut: found.leftOut, privateKeys: [...privateKeys].toSorted(), found };
    } catch (error) {
      if (!isChangedMeanwhile(error)) throw error;
      if (attempt < TRIES) continue;
      const evidence = error.stderr.trim().split('\n')[0] ?? '';
      throw new BuilderError(
        'file-changed',
        `Files below ${what} keep changing while they are saved: ${evidence}.`,
        {
          cause: error,
          remedy: 'Stop what writes there, then start again.',
        },
      );
    }
  }
}
