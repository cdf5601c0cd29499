import { z } from 'zod';
import type { Host } from '../../core/host/host.ts';
import { sameContent } from '../../core/host/same-content.ts';
import type { SiteItem } from './items.ts';
import { matchPaths } from './match-paths.ts';

/** Where ostree keeps /etc as the commit ships it (ostree manual, "Atomic Upgrades": the three-way merge of /etc). */
const DEFAULTS = '/usr/etc';
const REMOVED_FILE = 'removed.json';
const REMOVED = z.array(z.string());

/** What a site has made of an item's paths. */
export interface OwnFiles {
  /** The files it has, but for those it leaves to the operating system. */
  readonly files: readonly string[];
  /** What the operating system ships and the site has removed. */
  readonly removed: readonly string[];
}

/**
 * An unchanged default is the operating system's where the new one ships a file of that name too. Where it does not, it
 * is taken along: it may be what this node's network comes from.
 *
 * @param newDefaults the new system's `/usr/etc`
 */
export async function findOwnFiles(host: Host, { paths }: SiteItem, newDefaults: string): Promise<OwnFiles> {
  const files: string[] = [];
  const removed: string[] = [];
  for (const pattern of paths) {
    for (const path of await filesOf(host, pattern)) {
      const isLeft =
        (await host.stat(newDefaults + belowEtc(path))) !== undefined &&
        (await isSame(host, path, DEFAULTS + belowEtc(path)));
      if (!isLeft) files.push(path);
    }
    for (const shipped of await filesOf(host, DEFAULTS + belowEtc(pattern))) {
      const path = `/etc${shipped.slice(DEFAULTS.length)}`;
      if ((await host.stat(path)) === undefined) removed.push(path);
    }
  }
  return { files, removed };
}

/** Everything but directories that a pattern names or that lies below. */
export async function filesOf(host: Host, pattern: string): Promise<readonly string[]> {
  const found: string[] = [];
  const visit = async (path: string): Promise<void> => {
    if ((await host.stat(path))?.type !== 'directory') found.push(path);
    else for (const name of await host.list(path)) await visit(`${path}/${name}`);
  };
  for (const path of await matchPaths(host, pattern)) await visit(path);
  return found;
}

/**
 * The defaults that a new system has at an item's paths once nothing of the seed's is there, apart from what the site has
 * removed: what to copy, by where it is.
 *
 * @param etc the new system's `/etc`
 */
export async function defaultsOf(
  host: Host,
  { paths }: SiteItem,
  etc: string,
  removed: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const defaults = etc.replace(/\/etc$/, DEFAULTS);
  const found = new Map<string, string>();
  for (const pattern of paths) {
    for (const shipped of await filesOf(host, defaults + belowEtc(pattern))) {
      const below = shipped.slice(defaults.length);
      if (!removed.includes(`/etc${below}`)) found.set(shipped, etc + below);
    }
  }
  return found;
}

/** Writes down what the site has removed, in its directory. */
export async function writeRemoved(
  host: Host,
  siteDirectory: string,
  removed: readonly string[],
): Promise<void> {
  await host.writeAtomic(`${siteDirectory}/${REMOVED_FILE}`, JSON.stringify(removed), { mode: 0o600 });
}

/** What the site has removed; nothing where a site directory does not say, as those of config drives. */
export async function readRemoved(host: Host, siteDirectory: string): Promise<readonly string[]> {
  const text = await host.readText(`${siteDirectory}/${REMOVED_FILE}`);
  return text === undefined ? [] : REMOVED.parse(JSON.parse(text));
}

function belowEtc(path: string): string {
  return path.slice('/etc'.length);
}

async function isSame(host: Host, one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([host.stat(one), host.stat(other)]);
  if (a === undefined || b === undefined || a.type !== b.type) return false;
  if (a.type === 'symlink') return (await host.readLink(one)) === (await host.readLink(other));
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid) return false;
  return sameContent(host, one, other);
}
