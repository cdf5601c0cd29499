import { chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** A file's text, a link (`-> target`), a directory (`/`), or text with owner and mode. */
export type FileSpec =
  | string
  | { readonly text: string; readonly mode?: number; readonly uid?: number; readonly gid?: number };

/** The smallest tree that ostree deploys. */
export const SMALL_SYSTEM: Readonly<Record<string, FileSpec>> = {
  'usr/lib/modules/6.1.0-test/vmlinuz': 'a kernel',
  'usr/lib/modules/6.1.0-test/initramfs.img': 'an initramfs',
  'usr/lib/os-release': 'NAME="Test OS"\nID=testos\nVERSION_ID="1.2"\nPRETTY_NAME="Test OS 1.2"\n',
  'usr/etc/os-release': '-> ../usr/lib/os-release',
  'usr/bin/tool': { text: '#!/bin/sh\necho tool\n', mode: 0o755 },
  'usr/bin/setuid-tool': { text: 'x', mode: 0o4755 },
  'usr/bin/alias': '-> tool',
  'usr/share/doc/of root': 'a name with a space',
  'usr/etc/changed.conf': 'default\n',
  'usr/etc/kept.conf': 'default\n',
  'usr/etc/removed.conf': 'default\n',
  'usr/etc/removed.d/one': '1',
  'usr/etc/removed.d/two': '2',
  'usr/etc/mode.conf': 'default\n',
  'usr/etc/link.conf': '-> kept.conf',
  'usr/etc/becomes-file': '-> kept.conf',
  'usr/etc/becomes-directory': 'a file',
  'usr/etc/becomes-plain/inner': 'a directory',
  'usr/etc/hostname': 'default-name\n',
  boot: '/',
  dev: '/',
  proc: '/',
  run: '/',
  sys: '/',
  tmp: '/',
  var: '/',
  sysroot: '/',
  ostree: '-> sysroot/ostree',
};

export interface TestSysroot {
  readonly path: string;
  readonly stateroot: string;
  /** Absolute path of the deployment. */
  readonly deployment: string;
  readonly commit: string;
  readonly repository: string;
  /** Absolute path of the stateroot: its /var is in there. */
  readonly staterootPath: string;
}

export async function writeTree(root: string, files: Readonly<Record<string, FileSpec>>): Promise<void> {
  for (const [name, spec] of Object.entries(files)) {
    const path = join(root, name);
    const { text, mode, uid, gid } = typeof spec === 'string' ? { text: spec } : { ...spec };
    await mkdir(dirname(path), { recursive: true });
    if (text === '/') await mkdir(path, { recursive: true });
    else if (text.startsWith('-> ')) await symlink(text.slice(3), path);
    else await writeFile(path, text);
    if (uid !== undefined || gid !== undefined) await chown(path, uid ?? 0, gid ?? 0);
    if (mode !== undefined) await execa('chmod', [mode.toString(8), path]);
  }
}

/** A real ostree sysroot in a directory: a commit of the tree, deployed. Needs root. */
export async function makeSysroot(
  path: string,
  files: Readonly<Record<string, FileSpec>> = SMALL_SYSTEM,
  options: { readonly stateroot?: string; readonly kernelArguments?: readonly string[] } = {},
): Promise<TestSysroot> {
  const stateroot = options.stateroot ?? 'seed-root';
  const tree = join(path, 'tree');
  await writeTree(tree, files);
  const sysroot = join(path, 'sysroot');
  await mkdir(sysroot, { recursive: true });
  await execa('ostree', ['admin', 'init-fs', sysroot]);
  await execa('ostree', ['admin', 'os-init', `--sysroot=${sysroot}`, stateroot]);
  const repository = join(sysroot, 'ostree', 'repo');
  const { stdout: commit } = await execa('ostree', [
    `--repo=${repository}`,
    'commit',
    '--branch=test/system',
    `--tree=dir=${tree}`,
    '--bootable',
    '--add-metadata-string=version=1.2',
  ]);
  const { stdout: help } = await execa('ostree', ['admin', 'deploy', '--help']);
  const kernelArguments = options.kernelArguments ?? ['root=LABEL=root', 'quiet'];
  if (!help.includes('--karg')) throw new Error('This ostree knows no kernel arguments.');
  await execa('ostree', [
    'admin',
    'deploy',
    `--sysroot=${sysroot}`,
    `--os=${stateroot}`,
    ...kernelArguments.map((argument) => `--karg=${argument}`),
    'test/system',
  ]);
  const staterootPath = join(sysroot, 'ostree', 'deploy', stateroot);
  return {
    path: sysroot,
    stateroot,
    deployment: join(staterootPath, 'deploy', `${commit}.0`),
    commit,
    repository,
    staterootPath,
  };
}
