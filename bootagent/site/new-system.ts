import { SiteError } from './site-error.ts';

/** Links at the root of an ostree system that lead into `/var` (ostree manual, "Adapting existing systems"). */
const LINKS: readonly (readonly [from: string, to: string])[] = [
  ['/home', '/var/home'],
  ['/root', '/var/roothome'],
  ['/opt', '/var/opt'],
  ['/srv', '/var/srv'],
  ['/mnt', '/var/mnt'],
  ['/usr/local', '/var/usrlocal'],
];

/** Where the files of a system that is not booted lie: its `/etc` in the deployment, its `/var` in the stateroot. */
export interface NewSystem {
  readonly stateroot: string;
  /** `/ostree/deploy/<stateroot>` */
  readonly staterootPath: string;
  /** `/ostree/deploy/<stateroot>/deploy/<checksum>.<serial>` */
  readonly deploymentPath: string;
}

/**
 * Where a path of the new system lies as seen from the running one.
 *
 * @throws SiteError `not-portable` for a path that is neither below /etc nor /var (or a link into it)
 */
export function placeIn(system: NewSystem, path: string): string {
  const real = throughLinks(path);
  if (real === '/etc' || real.startsWith('/etc/')) return system.deploymentPath + real;
  if (real === '/var' || real.startsWith('/var/')) return system.staterootPath + real;
  throw new SiteError(
    'not-portable',
    `${path} is not below /etc or /var, so it belongs to the operating system.`,
    {
      remedy: 'Carry over only paths below /etc, /var, /home, /root, /opt, /srv, /mnt or /usr/local.',
    },
  );
}

/** The path with the links of an ostree root followed: `/home/core` is `/var/home/core`. */
export function throughLinks(path: string): string {
  for (const [from, to] of LINKS) {
    if (path === from || path.startsWith(`${from}/`)) return to + path.slice(from.length);
  }
  return path;
}
