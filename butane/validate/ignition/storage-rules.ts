import { posix } from 'node:path';
import type { Path } from '../../report/path.ts';
import type { Link } from '../../schema/files.ts';
import type { Storage } from '../../schema/storage.ts';
import { cleaned } from './path-rules.ts';
import type { Findings } from './validate-ignition.ts';

const KINDS = { directories: 'directory', files: 'file', links: 'link' } as const;

/** How the parts of the storage section fit together. */
export function checkStorage(storage: Storage, path: Path, findings: Findings): void {
  for (const list of ['directories', 'files'] as const) {
    for (const [i, node] of (storage[list] ?? []).entries()) {
      checkBehindLinks(storage, node.path ?? '', list, [...path, list, i], findings);
    }
  }
  for (const [i, link] of (storage.links ?? []).entries()) {
    const at = [...path, 'links', i];
    checkBehindLinks(storage, link.path ?? '', 'links', at, findings);
    if (findings.spec.ignition >= 3 && (link.target ?? '') === '')
      findings.error([...at, 'target'], 'link target is required');
    else if (link.hard === true) checkHardLink(storage, link, at, findings);
  }
  checkFilesystems(storage, path, findings);
}

function checkBehindLinks(
  storage: Storage,
  path: string,
  list: keyof typeof KINDS,
  at: Path,
  { error }: Findings,
): void {
  for (const link of storage.links ?? []) {
    if (path.startsWith(`${link.path ?? ''}/`)) error(at, `${KINDS[list]} path includes link in config`);
  }
}

function checkHardLink(storage: Storage, link: Link, at: Path, { error, warning }: Findings): void {
  const { path: from = '', target = '' } = link;
  // Nothing joined to nothing is nothing, not the current directory.
  const absolute = target.startsWith('/')
    ? cleaned(target)
    : `${from}${target}` && cleaned(posix.join(from, target));
  for (const { path = '' } of storage.directories ?? []) {
    if (absolute === path) error(at, 'hard link target is a directory');
  }
  for (const who of ['user', 'group'] as const) {
    for (const field of ['id', 'name'] as const) {
      if (link[who]?.[field] !== undefined) warning([...at, who, field], 'user/group ignored for hard link');
    }
  }
}

function checkFilesystems(
  { disks = [], filesystems = [] }: Storage,
  path: Path,
  { warning }: Findings,
): void {
  const byDevice = new Map(disks.map((disk) => [disk.device ?? '', disk]));
  for (const [i, { device = '', wipeFilesystem }] of filesystems.entries()) {
    const disk = byDevice.get(device);
    const at = [...path, 'filesystems', i, 'device'];
    if (disk === undefined) continue;
    if ((disk.partitions ?? []).length > 0) warning(at, 'filesystem overwrites partitioned device');
    else if (wipeFilesystem !== true && disk.wipeTable === true) {
      warning(at, 'device matches disk with wipeTable enabled; filesystem will be wiped');
    }
  }
}
