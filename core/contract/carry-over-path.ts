/** The parts of an ostree system that are data: `/etc`, `/var` and what links into it. */
const KEPT = ['/etc', '/var', '/home', '/root', '/opt', '/srv', '/mnt', '/usr/local'] as const;
/** Shared by both stateroots, or lca's own. */
const NOT_CARRIED = ['/var/lib/containers', '/var/lib/lca', '/var/run', '/var/tmp'] as const;

/**
 * Why a path cannot be carried over into a new stateroot, as a clause ("must be …"); undefined if it can.
 */
export function carryOverRefusal(path: string): string | undefined {
  if (!path.startsWith('/')) return 'must be an absolute path';
  if (path.includes('\0') || path.split('/').includes('..') || path.split('/').includes('.')) {
    return 'must not contain "." or ".." parts';
  }
  const plain = path.replaceAll(/\/+/g, '/').replace(/\/$/, '');
  const below = (directory: string) => plain === directory || plain.startsWith(`${directory}/`);
  const shared = NOT_CARRIED.find(below);
  if (shared !== undefined) return `must not lie in ${shared}, which is shared or temporary`;
  if (plain === '/var' || plain === '/etc')
    return `must not be all of ${plain}: name the files or directories`;
  if (!KEPT.some(below)) return `must lie in one of ${KEPT.join(', ')}: nothing else outlives a deployment`;
  return undefined;
}
