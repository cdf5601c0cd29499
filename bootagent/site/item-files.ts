import { dirname } from 'node:path';
import type { Host } from '../../core/host/host.ts';
import { HostError } from '../../core/host/host-error.ts';
import { copyTree } from '../../core/tools/copy.ts';
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

/** Takes an item's files from the running system into a site directory. Returns the paths taken. */
export async function exportItem(
  host: Host,
  item: SiteItem,
  siteDirectory: string,
): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const pattern of item.paths) {
    for (const path of await matchPaths(host, pattern)) {
      const kept = keptAt(siteDirectory, path);
      await host.makeDirectory(dirname(kept), 0o700);
      await copyTree(host, path, kept);
      taken.push(path);
    }
  }
  return taken;
}

/** Puts an item's files from a site directory in place on the running system. Returns the paths put. */
export async function applyItem(
  host: Host,
  item: SiteItem,
  siteDirectory: string,
): Promise<readonly string[]> {
  const put: string[] = [];
  for (const real of item.paths) {
    if (item.mode === 'replace') {
      for (const path of await matchPaths(host, real)) await host.remove(path);
    }
    const { pattern, realPath } = keptPattern(siteDirectory, throughLinks(real));
    for (const kept of await matchPaths(host, pattern)) {
      const path = realPath(kept);
      await host.makeDirectory(dirname(path));
      await copyTree(host, kept, path);
      put.push(path);
    }
  }
  if (put.length > 0) await runAfter(host, item);
  return put;
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
