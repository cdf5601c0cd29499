import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from './command.ts';

/** No DEFAULT line: ostree writes the entries in order below it, and the first is booted. */
export const EXTLINUX_CONFIG = `SERIAL 0 115200
PROMPT 1
TIMEOUT 10
`;

/** Puts extlinux on the mounted boot partition; the symbolic link makes ostree choose its syslinux backend. */
export async function installExtlinux(sysroot: string): Promise<void> {
  const directory = join(sysroot, 'boot/syslinux');
  await mkdir(directory);
  await command('install extlinux', ['extlinux', '--install', directory]);
  await symlink('../loader/syslinux.cfg', join(directory, 'syslinux.cfg'));
}
