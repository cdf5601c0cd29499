import { carryOverRefusal } from '../../core/contract/carry-over-path.ts';
import type { Backup } from '../../core/contract/velero/backup.ts';
import type { Host } from '../../core/host/host.ts';
import { realPath } from '../../core/tools/copy.ts';
import { invalid } from './content.ts';

/** On a Backup: absolute paths of the node, separated by commas or newlines, that are stored with their data. */
export const HOST_PATHS_ANNOTATION = 'lca.openshift.io/host-paths';

/** A directory or file of the node that a Backup stores. */
export interface HostPath {
  /** As the user named it. */
  readonly named: string;
  /** With all links followed: what is stored, and where it is restored to. */
  readonly path: string;
  readonly type: 'directory' | 'file';
}

/** The paths that a Backup names; none without the annotation. */
export function hostPathsOf({ annotations }: Pick<Backup, 'annotations'>): readonly string[] {
  const words = (annotations[HOST_PATHS_ANNOTATION] ?? '').split(/[\n,]/).map((word) => word.trim());
  return [...new Set(words.filter((word) => word !== ''))];
}

/**
 * Looks at the paths that a Backup names. They must be data of this stateroot: what both systems share is there after
 * the upgrade anyway, and restoring it would change the old system too.
 *
 * @throws BackupError `content-refused` with the documented sentence about an invalid Backup
 */
export async function resolveHostPaths(host: Host, backup: Backup): Promise<readonly HostPath[]> {
  return Promise.all(hostPathsOf(backup).map((named) => resolve(host, backup, named)));
}

async function resolve(host: Host, backup: Backup, named: string): Promise<HostPath> {
  const refuse = (why: string, remedy: string) =>
    invalid('Backup', backup.name, `host path ${named} ${why}`, { remedy });
  const rules = `Correct annotation ${HOST_PATHS_ANNOTATION} of Backup ${backup.name}.`;
  const asNamed = carryOverRefusal(named);
  if (asNamed !== undefined) throw refuse(asNamed, rules);
  const path = await realPath(host, named);
  if (path === undefined) throw refuse('does not exist', rules);
  const asFound = carryOverRefusal(path);
  if (asFound !== undefined) throw refuse(`is ${path} and ${asFound}`, rules);
  const stat = await host.stat(path);
  if (stat?.type !== 'directory' && stat?.type !== 'file')
    throw refuse('is neither a directory nor a file', rules);
  const own = await host.stat(path.startsWith('/etc/') ? '/etc' : '/var');
  if (own !== undefined && own.dev !== stat.dev) {
    throw refuse(
      `lies on a filesystem of its own, which the new system mounts too: it keeps its data without a backup`,
      `Remove ${named} from annotation ${HOST_PATHS_ANNOTATION}.`,
    );
  }
  return { named, path, type: stat.type };
}

/** Whether one of two paths is the other or lies in it. */
export function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
