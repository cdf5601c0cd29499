import type { Component } from './layer-plan.ts';
import type { CommitFile } from './ostree-commit.ts';
import { SeedImageError } from './seed-image-error.ts';
import type { ByteName } from './tar-header.ts';

/** Which package a path of the system belongs to; undefined for none. */
export type PackageOf = (path: ByteName) => string | undefined;

/** Directories whose children are rather things of their own than parts of one. */
const OPEN_DIRECTORIES = new Set([
  '/',
  '/usr',
  '/usr/lib',
  '/usr/share',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/libexec',
  '/opt',
]);

/**
 * Groups a commit's objects by package, and by directory where no package owns them. An object used in several places
 * belongs to the first of them in order of path, so that the same commit is always grouped the same way.
 *
 * @param sizes bytes of each object in the repository
 * @throws SeedImageError `object-missing`
 */
export function groupByComponent(
  files: readonly CommitFile[],
  sizes: ReadonlyMap<string, number>,
  packageOf: PackageOf,
): readonly Component[] {
  const owner = new Map<string, string>();
  for (const { path, object } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    if (!owner.has(object)) owner.set(object, packageOf(path) ?? directoryComponent(path));
  }
  const components = new Map<string, { objects: string[]; bytes: number }>();
  for (const [object, name] of owner) {
    const size = sizes.get(object);
    if (size === undefined) {
      throw new SeedImageError('object-missing', `The ostree repository lacks object ${object}.`, {
        remedy: 'Check the repository: ostree fsck.',
      });
    }
    const component = components.get(name) ?? { objects: [], bytes: 0 };
    component.objects.push(object);
    component.bytes += size;
    components.set(name, component);
  }
  return [...components].map(([name, { objects, bytes }]) => ({ name, objects, bytes }));
}

/** The uppermost directory of a path that is a thing of its own: `/usr/lib/modules`, `/usr/bin`. */
function directoryComponent(path: ByteName): string {
  const segments = path.split('/').slice(1, -1);
  let here = '';
  for (const segment of segments) {
    here += `/${segment}`;
    if (!OPEN_DIRECTORIES.has(here)) return here;
  }
  return here === '' ? '/' : here;
}
