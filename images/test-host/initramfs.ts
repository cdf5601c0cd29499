import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { command } from './command.ts';
import type { Rootfs } from './rootfs.ts';

/** What must be loaded to reach the root filesystem; the rest of virtio is built into the kernel. */
const MODULES = ['virtio_blk', 'xfs'];

/**
 * A small initramfs of our own: busybox, `ostree-prepare-root` with its libraries, and the modules for the root
 * filesystem. It says on the console which release it belongs to.
 *
 * @returns the compressed cpio archive
 */
export async function buildInitramfs(rootfs: Rootfs, release: string): Promise<Uint8Array> {
  const root = await mkdtemp(join(tmpdir(), 'lca-initramfs-'));
  try {
    await mkdir(join(root, 'bin'));
    await copyFile(join(rootfs.tree, 'usr/bin/busybox'), join(root, 'bin/busybox'));
    await copyFile(join(import.meta.dirname, 'tree/usr/libexec/test-host/init'), join(root, 'init'));
    await copyFile(
      join(rootfs.tree, 'usr/lib/ostree/ostree-prepare-root'),
      join(root, 'bin/ostree-prepare-root'),
    );
    await writeFile(join(root, 'release'), `${release}\n`);
    await addLibraries(rootfs.tree, '/usr/lib/ostree/ostree-prepare-root', root);
    await addModules(rootfs, root);
    const archive = join(root, '..', `${basename(root)}.cpio`);
    try {
      const pack = `cd '${root}' && find . | LC_ALL=C sort | '${rootfs.tree}/usr/bin/busybox' cpio -o -H newc -R 0:0 >'${archive}'`;
      await command('pack the initramfs', ['sh', '-c', pack]);
      return zstdCompressSync(await readFile(archive));
    } finally {
      await rm(archive, { force: true });
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function addLibraries(tree: string, program: string, root: string): Promise<void> {
  const list = await command('list libraries', ['chroot', tree, 'ldd', program]);
  for (const [, path] of list.matchAll(/(\/lib\S+) \(0x/g)) {
    await mkdir(join(root, dirname(path as string)), { recursive: true });
    await copyFile(join(tree, path as string), join(root, path as string));
  }
}

async function addModules(rootfs: Rootfs, root: string): Promise<void> {
  const directory = join(rootfs.tree, 'usr/lib/modules', rootfs.kernelVersion);
  const lines = (await readFile(join(directory, 'modules.dep'), 'utf8'))
    .split('\n')
    .map((line) => line.split(':'));
  const needs = new Map(
    lines.map(([path, rest]) => [path as string, (rest ?? '').trim().split(' ').filter(Boolean)]),
  );
  const order: string[] = [];
  const visit = (path: string): void => {
    if (order.includes(path)) return;
    for (const needed of needs.get(path) ?? []) visit(needed);
    order.push(path);
  };
  for (const name of MODULES) {
    const path = [...needs.keys()].find((candidate) => basename(candidate).startsWith(`${name}.ko`));
    if (path === undefined) throw new Error(`Kernel ${rootfs.kernelVersion} has no module ${name}.`);
    visit(path);
  }
  await mkdir(join(root, 'modules'));
  for (const path of order) {
    await copyFile(join(directory, path), join(root, 'modules', basename(path)));
  }
  for (const file of await readdir(join(root, 'modules'))) {
    if (file.endsWith('.xz')) await command('unpack a module', ['xz', '-d', join(root, 'modules', file)]);
  }
  await writeFile(join(root, 'modules/order'), `${order.map((path) => basename(path, '.xz')).join('\n')}\n`);
}
