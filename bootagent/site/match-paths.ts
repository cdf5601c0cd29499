import type { Host } from '../../core/host/host.ts';
import { throughLinks } from './new-system.ts';

/**
 * The existing paths that a pattern of a `SiteItem` names, with the links of an ostree root followed.
 * `*` may stand in any component: each is matched against the names that are there.
 */
export async function matchPaths(host: Host, pattern: string): Promise<readonly string[]> {
  let found = [''];
  for (const part of throughLinks(pattern).split('/').slice(1)) {
    const next: string[] = [];
    for (const directory of found) next.push(...(await matchPart(host, directory, part)));
    found = next;
  }
  return found;
}

async function matchPart(host: Host, directory: string, part: string): Promise<readonly string[]> {
  if (!part.includes('*')) {
    const path = `${directory}/${part}`;
    return (await host.stat(path)) === undefined ? [] : [path];
  }
  const source = part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*');
  const pattern = new RegExp(`^${source}$`);
  return (await host.list(directory === '' ? '/' : directory))
    .filter((name) => pattern.test(name))
    .map((name) => `${directory}/${name}`);
}
