import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { groupByComponent } from './components.ts';
import { type PreviousLayers, planLayers, SYSTEM_BUDGET } from './layer-plan.ts';
import type { LayerPlan } from './layer-writer.ts';
import { PART_PREFIX } from './member-rules.ts';
import { walkCommit } from './ostree-commit.ts';
import { readPackageOwners } from './package-owner.ts';
import { SeedImageError } from './seed-image-error.ts';

export interface CommitSource {
  /** The sysroot: `<sysroot>/ostree/repo` is the repository. `/` on a running node. */
  readonly sysroot: string;
  /** The commit's checksum. */
  readonly commit: string;
  /** A deployment of the commit, for its package database. */
  readonly deployment: string;
}

/**
 * Plans the layers of one commit's objects: those of files by component, then the commit and its directories. Times
 * are fixed, for ostree does not keep them.
 *
 * @throws SeedImageError `object-missing`; `image-invalid` if the repository is not in mode `bare`
 */
export async function planCommitLayers(
  host: Host,
  source: CommitSource,
  previous: PreviousLayers = [],
): Promise<readonly LayerPlan[]> {
  const { sysroot, commit, deployment } = source;
  const repository = join(sysroot, PART_PREFIX.ostree);
  const config = (await host.readText(join(repository, 'config'))) ?? '';
  if (!/^mode=bare\s*$/m.test(config)) {
    throw new SeedImageError('image-invalid', `The repository ${repository} is not in mode "bare".`);
  }
  const { files, metadataObjects } = await walkCommit(host, repository, commit);
  const components = groupByComponent(
    files,
    await objectSizes(host, repository),
    await readPackageOwners(host, deployment),
  );
  const plan = (name: string, names: readonly string[], objects: readonly string[]): LayerPlan => ({
    record: { name, part: 'ostree', components: names },
    directory: host.machinePath(sysroot),
    names: objects.map((object) => `${PART_PREFIX.ostree}/objects/${object}`),
    modificationTime: 0,
  });
  return [
    ...planLayers(components, SYSTEM_BUDGET, previous).map((layer) =>
      plan(layer.name, layer.components, layer.objects),
    ),
    plan('commit', [], metadataObjects),
  ];
}

async function objectSizes(host: Host, repository: string): Promise<ReadonlyMap<string, number>> {
  const path = host.machinePath(join(repository, 'objects'));
  const find = host.stream(['find', path, '-name', '*.file', '-printf', '%s %P\\n'], {
    description: 'measure the objects of the repository',
    timeoutMs: 3_600_000,
  });
  const sizes = new Map<string, number>();
  let rest = '';
  for await (const chunk of find.stdout as AsyncIterable<Buffer>) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const space = line.indexOf(' ');
      sizes.set(line.slice(space + 1), Number(line.slice(0, space)));
    }
  }
  await find.done;
  return sizes;
}
