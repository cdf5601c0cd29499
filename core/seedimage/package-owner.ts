import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import type { PackageOf } from './components.ts';

const MINUTES = 60_000;
const RPM_DATABASES = ['usr/share/rpm', 'usr/lib/sysimage/rpm'] as const;
const DPKG_DATABASES = [
  'usr/lib/sysimage/dpkg',
  'usr/lib/dpkg',
  'usr/share/dpkg-db',
  'var/lib/dpkg',
] as const;

/** Knows nothing: for systems without a package database. */
const NO_PACKAGES: PackageOf = () => undefined;

/**
 * Reads which package owns which path from the deployment's package database: rpm's, or dpkg's, or none.
 *
 * @param deployment the deployment's directory
 */
export async function readPackageOwners(host: Host, deployment: string): Promise<PackageOf> {
  const owners = (await rpmOwners(host, deployment)) ?? (await dpkgOwners(host, deployment));
  if (owners === undefined || owners.size === 0) return NO_PACKAGES;
  return (path) => {
    // an ostree commit has /etc as /usr/etc, and packages may still say /bin for what is /usr/bin
    const plain = path.startsWith('/usr/etc/') ? path.slice('/usr'.length) : path;
    return (
      owners.get(plain) ?? (plain.startsWith('/usr/') ? owners.get(plain.slice('/usr'.length)) : undefined)
    );
  };
}

async function rpmOwners(host: Host, deployment: string): Promise<Map<string, string> | undefined> {
  for (const database of RPM_DATABASES) {
    const path = join(deployment, database);
    if ((await host.list(path)).length === 0) continue;
    const result = await host.run(
      [
        'rpm',
        `--dbpath=${host.machinePath(path)}`,
        '--query',
        '--all',
        '--queryformat=[%{=NAME}\\t%{FILENAMES}\\n]',
      ],
      { description: 'read the package database', timeoutMs: 5 * MINUTES, maxOutputBytes: 512 * 1024 * 1024 },
    );
    const owners = new Map<string, string>();
    for (const line of result.stdout.split('\n')) {
      const tab = line.indexOf('\t');
      if (tab > 0) addOwner(owners, Buffer.from(line.slice(tab + 1)).toString('latin1'), line.slice(0, tab));
    }
    return owners;
  }
  return undefined;
}

async function dpkgOwners(host: Host, deployment: string): Promise<Map<string, string> | undefined> {
  for (const database of DPKG_DATABASES) {
    const info = join(deployment, database, 'info');
    const lists = (await host.list(info)).filter((name) => name.endsWith('.list'));
    if (lists.length === 0) continue;
    const owners = new Map<string, string>();
    for (const list of lists) {
      const bytes = (await host.readBytes(join(info, list))) ?? new Uint8Array();
      const name = list.slice(0, -'.list'.length).replace(/:[a-z0-9]+$/, '');
      for (const path of Buffer.from(bytes).toString('latin1').split('\n')) addOwner(owners, path, name);
    }
    return owners;
  }
  return undefined;
}

/** The first package by name, where several own a path (directories do not matter here). */
function addOwner(owners: Map<string, string>, path: string, name: string): void {
  const owner = owners.get(path);
  if (path !== '' && (owner === undefined || name < owner)) owners.set(path, name);
}
