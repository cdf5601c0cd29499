import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, digest } from './cache.ts';
import { command } from './command.ts';

const SUITE = 'trixie';
const MIRROR = 'http://deb.debian.org/debian';
const KERNEL_PACKAGE = 'linux-image-cloud-amd64';

/** Top-level directories that live below /var on an ostree host; the tree has only symbolic links to them. */
const IN_VAR = {
  home: 'var/home',
  root: 'var/roothome',
  opt: 'var/opt',
  srv: 'var/srv',
  mnt: 'var/mnt',
} as const;

export interface Rootfs {
  /** The operating system's files in ostree's layout: configuration in usr/etc, nothing in boot and var. */
  readonly tree: string;
  readonly kernelVersion: string;
}

/** Debian's packages unpacked and configured, in the layout of an ostree commit, without anything of our own. */
export async function buildRootfs(): Promise<Rootfs> {
  const packages = (await readFile(join(import.meta.dirname, 'packages.txt'), 'utf8')).trim().split('\n');
  const key = await digest([SUITE, KERNEL_PACKAGE], ['packages.txt', 'rootfs.ts']);
  const directory = await cached('rootfs', key, async (dir) => {
    const tree = join(dir, 'tree');
    await bootstrap(tree, packages);
    await addKernel(tree);
    await toOstreeLayout(tree);
  });
  const tree = join(directory, 'tree');
  const [kernelVersion] = await readdir(join(tree, 'usr/lib/modules'));
  return { tree, kernelVersion: kernelVersion as string };
}

async function bootstrap(tree: string, packages: readonly string[]): Promise<void> {
  const without = ['doc', 'man', 'locale', 'info', 'lintian', 'bug'].map(
    (d) => `--dpkgopt=path-exclude=/usr/share/${d}/*`,
  );
  await command(`unpack Debian ${SUITE}`, [
    'mmdebstrap',
    '--mode=root',
    '--variant=apt',
    '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
    '--dpkgopt=force-unsafe-io',
    ...without,
    `--include=${packages.join(',')}`,
    SUITE,
    tree,
    `deb ${MIRROR} ${SUITE} main`,
  ]);
}

/** Only the kernel's files: installing the package would bring an initramfs generator and run it. */
async function addKernel(tree: string): Promise<void> {
  const chroot = ['chroot', tree] as const;
  await command('refresh package lists', [...chroot, 'apt-get', 'update', '-q']);
  const depends = await command('find the kernel package', [
    ...chroot,
    'apt-cache',
    'depends',
    KERNEL_PACKAGE,
  ]);
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error(`Package ${KERNEL_PACKAGE} names no kernel: ${depends}`);
  await command('download the kernel', [...chroot, 'sh', '-c', `cd /tmp && apt-get download -q ${name}`]);
  const archive = (await readdir(join(tree, 'tmp'))).find((file) => file.endsWith('.deb'));
  const unpacked = join(tree, 'tmp/kernel');
  await command('unpack the kernel', ['dpkg-deb', '-x', join(tree, 'tmp', archive as string), unpacked]);
  const version = name.replace('linux-image-', '');
  const modules = ['usr/lib/modules', 'lib/modules']
    .map((path) => join(unpacked, path, version))
    .find(existsSync);
  if (modules === undefined) throw new Error(`Package ${name} holds no kernel modules.`);
  await mkdir(join(tree, 'usr/lib/modules'), { recursive: true });
  await rename(modules, join(tree, 'usr/lib/modules', version));
  await rename(join(unpacked, `boot/vmlinuz-${version}`), join(tree, 'usr/lib/modules', version, 'vmlinuz'));
  await command('index kernel modules', [...chroot, 'depmod', version]);
}

async function toOstreeLayout(tree: string): Promise<void> {
  const emptied = ['boot', 'run', 'tmp', 'var', 'var/cache', 'usr/share/doc', 'usr/local'];
  for (const name of [...emptied, ...Object.keys(IN_VAR), 'media', 'dev']) {
    await rm(join(tree, name), { recursive: true, force: true });
  }
  for (const name of ['boot', 'run', 'tmp', 'var', 'dev', 'sysroot']) await mkdir(join(tree, name));
  for (const [name, target] of Object.entries(IN_VAR)) await symlink(target, join(tree, name));
  await symlink('run/media', join(tree, 'media'));
  await symlink('sysroot/ostree', join(tree, 'ostree'));
  await symlink('../var/usrlocal', join(tree, 'usr/local'));
  for (const name of ['etc/hostname', 'etc/resolv.conf', 'etc/machine-id'])
    await rm(join(tree, name), { force: true });
  for (const key of await readdir(join(tree, 'etc/ssh'))) {
    if (key.startsWith('ssh_host_')) await rm(join(tree, 'etc/ssh', key));
  }
  await writeFile(join(tree, 'etc/machine-id'), '');
  await rename(join(tree, 'etc'), join(tree, 'usr/etc'));
}
