import { dirname } from 'node:path';
import type { Host } from '../../core/host/host.ts';
import { HostError } from '../../core/host/host-error.ts';
import { copyInto } from '../../core/tools/copy.ts';
import type { SiteItem } from './items.ts';
import { matchPaths } from './match-paths.ts';
import { throughLinks } from './new-system.ts';
import { defaultsOf, filesOf, findOwnFiles, readRemoved, writeRemoved } from './own-files.ts';

const MINUTE = 60_000;
const CONNECTIONS = '/etc/NetworkManager/system-connections';

/** Where a file of the site is kept below the site directory. Network connections have the place a config drive gives them. */
export function keptAt(siteDirectory: string, path: string): string {
  if (path.startsWith(`${CONNECTIONS}/`)) {
    return `${siteDirectory}/network/system-connections${path.slice(CONNECTIONS.length)}`;
  }
  return `${siteDirectory}/files${path}`;
}

/** The pattern under which the kept files of an item's pattern are found, and how to get back to the real path. */
function keptPattern(
  siteDirectory: string,
  pattern: string,
): { pattern: string; realPath(kept: string): string } {
  const isConnections = pattern.startsWith(`${CONNECTIONS}/`);
  const base = isConnections ? `${siteDirectory}/network/system-connections` : `${siteDirectory}/files`;
  const prefix = isConnections ? CONNECTIONS : '';
  return {
    pattern: base + pattern.slice(prefix.length),
    realPath: (kept) => prefix + kept.slice(base.length),
  };
}

/**
 * Takes the items' files from the running system into a site directory.
 *
 * @param newDefaults the new system's `/usr/etc`
 * @returns the paths taken
 */
export async function exportItems(
  host: Host,
  items: readonly SiteItem[],
  siteDirectory: string,
  newDefaults: string,
): Promise<readonly string[]> {
  const taken: string[] = [];
  const allRemoved: string[] = [];
  for (const item of items) {
    if (item.mode === 'own') {
      const { files, removed } = await findOwnFiles(host, item, newDefaults);
      taken.push(...files);
      allRemoved.push(...removed);
    } else for (const pattern of item.paths) taken.push(...(await takenOf(host, item, pattern)));
  }
  await writeRemoved(host, siteDirectory, allRemoved);
  const kept = new Map(taken.map((path) => [path, keptAt(siteDirectory, path)]));
  await copyEach(host, kept, 0o700);
  return taken;
}

async function takenOf(host: Host, { filesOnly }: SiteItem, pattern: string): Promise<readonly string[]> {
  const found = await matchPaths(host, pattern);
  if (filesOnly !== true) return found;
  const types = await Promise.all(found.map(async (path) => (await host.stat(path))?.type));
  return found.filter((_, index) => types[index] === 'file');
}

/** What came of putting items in place. */
export interface PutItems {
  /** The files put, by their paths on the system. */
  readonly paths: readonly string[];
  /** The items of which there were files. */
  readonly items: readonly SiteItem[];
}

/**
 * Puts the items' files from a site directory in place. Everything that goes into one directory is copied at once.
 *
 * @param placeOf where a path of the system lies on this machine; of a system that does not run, somewhere else
 */
export async function putItems(
  host: Host,
  items: readonly SiteItem[],
  siteDirectory: string,
  placeOf: (path: string) => string = throughLinks,
): Promise<PutItems> {
  const removed = await readRemoved(host, siteDirectory);
  const places = new Map<string, string>();
  const paths: string[] = [];
  const touched: SiteItem[] = [];
  for (const item of items) {
    const before = paths.length;
    for (const real of item.paths) {
      if (item.mode !== 'merge') {
        for (const place of await matchPaths(host, placeOf(real))) await host.remove(place);
      }
      const { pattern, realPath } = keptPattern(siteDirectory, throughLinks(real));
      for (const kept of await (item.mode === 'own' ? filesOf : matchPaths)(host, pattern)) {
        const path = realPath(kept);
        places.set(kept, placeOf(path));
        paths.push(path);
      }
    }
    if (item.mode === 'own')
      await copyEach(host, await defaultsOf(host, item, placeOf('/etc'), removed), 0o755);
    if (paths.length > before) touched.push(item);
  }
  // cp would write through a link, which of a system that does not run may lead into the one that does
  for (const place of places.values())
    if ((await host.stat(place))?.type === 'symlink') await host.remove(place);
  await copyEach(host, places, 0o755);
  return { paths, items: touched };
}

/** Has the running system take note of items that have been put in place. */
export async function announceItems(host: Host, items: readonly SiteItem[]): Promise<void> {
  for (const item of items) await runAfter(host, item);
}

/** Copies paths to paths of the same name elsewhere, with as few processes as there are directories. */
async function copyEach(host: Host, places: ReadonlyMap<string, string>, mode: number): Promise<void> {
  for (const [directory, pairs] of Map.groupBy(places, ([, to]) => dirname(to))) {
    await host.makeDirectory(directory, mode);
    await copyInto(
      host,
      pairs.map(([from]) => from),
      directory,
    );
  }
}

async function runAfter(host: Host, item: SiteItem): Promise<void> {
  for (const argv of item.after ?? []) {
    try {
      await host.run(argv, { description: `apply the site's ${item.summary}`, timeoutMs: 5 * MINUTE });
    } catch (error) {
      if (error instanceof HostError && error.code === 'command-missing') continue;
      throw error;
    }
  }
}
