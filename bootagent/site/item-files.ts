import { dirname } from 'node:path';
import type { Host } from '../../core/host/host.ts';
import { HostError } from '../../core/host/host-error.ts';
import { copyInto } from '../../core/tools/copy.ts';
import type { SiteItem } from './items.ts';
import { matchPaths } from './match-paths.ts';
import { throughLinks } from './new-system.ts';

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
 * @returns the paths taken
 */
export async function exportItems(
  host: Host,
  items: readonly SiteItem[],
  siteDirectory: string,
): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const item of items) {
    for (const pattern of item.paths) taken.push(...(await matchPaths(host, pattern)));
  }
  const kept = new Map(taken.map((path) => [path, keptAt(siteDirectory, path)]));
  await copyEach(host, kept, 0o700);
  return taken;
}

/**
 * Puts the items' files from a site directory in place on the running system. Since this holds up a boot, everything
 * that goes into one directory is copied at once.
 *
 * @returns the paths put
 */
export async function applyItems(
  host: Host,
  items: readonly SiteItem[],
  siteDirectory: string,
): Promise<readonly string[]> {
  const places = new Map<string, string>();
  const touched: SiteItem[] = [];
  for (const item of items) {
    const before = places.size;
    for (const real of item.paths) {
      if (item.mode === 'replace') {
        for (const path of await matchPaths(host, real)) await host.remove(path);
      }
      const { pattern, realPath } = keptPattern(siteDirectory, throughLinks(real));
      for (const kept of await matchPaths(host, pattern)) places.set(kept, realPath(kept));
    }
    if (places.size > before) touched.push(item);
  }
  await copyEach(host, places, 0o755);
  for (const item of touched) await runAfter(host, item);
  return [...places.values()];
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
