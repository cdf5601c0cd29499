import type { Host } from '../../../core/host/host.ts';
import type { ProxyPlaces, ProxySettings } from '../../../core/platform/cluster.ts';
import { siteItems } from '../items.ts';
import { matchPaths } from '../match-paths.ts';
import { withProxyInEnvironmentFile, withProxyInManifest, withProxyInUnit } from './proxy-values.ts';

/** A file in which the seed's proxy stands. */
export interface ProxyChange {
  readonly path: string;
  /** With the site's proxy. */
  readonly text: string;
  /** systemd has read it already. */
  readonly isUnit: boolean;
}

/** Written by the steps for the machine's own proxy. */
const MACHINE = '/etc/environment';
const ITEMS: readonly string[] = ['proxy-files', 'cluster-proxy'];

/** What has to be written so that a cluster's programs have the site's proxy, where the seed had one for them. */
export async function proxyChanges(
  host: Host,
  { manifests, unitFiles, environmentFiles }: ProxyPlaces,
  proxy: ProxySettings,
): Promise<readonly ProxyChange[]> {
  const untouched = new Set([MACHINE, ...(await broughtAlong(host))]);
  const found: ProxyChange[] = [];
  const look = async (
    paths: readonly string[],
    change: (text: string, proxy: ProxySettings) => string,
    isUnit = false,
  ): Promise<void> => {
    for (const path of paths) {
      const before = await host.readText(path);
      if (before === undefined || untouched.has(path)) continue;
      const text = change(before, proxy);
      if (text !== before) found.push({ path, text, isUnit });
    }
  };
  await look(manifests, withProxyInManifest);
  await look(unitFiles, withProxyInUnit, true);
  await look(environmentFiles, withProxyInEnvironmentFile);
  return found;
}

/** Files that are the site's as a whole, with a proxy of that program's own perhaps. */
async function broughtAlong(host: Host): Promise<readonly string[]> {
  const patterns = siteItems(true)
    .filter(({ name }) => ITEMS.includes(name))
    .flatMap(({ paths }) => paths);
  return (await Promise.all(patterns.map((pattern) => matchPaths(host, pattern)))).flat();
}
