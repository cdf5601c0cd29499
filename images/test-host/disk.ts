import { copyFile, mkdir, mkdtemp, open, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, digest } from './cache.ts';
import { command } from './command.ts';
import { EXTLINUX_CONFIG, installExtlinux } from './extlinux.ts';
import { buildGrub, grubFiles, installGrub } from './grub.ts';
import { type Releases, refOf } from './releases.ts';

export type Bootloader = 'grub' | 'extlinux';

/** The stateroot a new disk has. */
export const STATEROOT = 'lca';

const MIB = 1024 * 1024;
const SECTOR = 512;
/** Partitions in MiB from the start of the disk; the disk files are sparse. */
const LAYOUT = {
  'bios-boot': { number: 1, start: 1, size: 1, type: 'ef02' },
  boot: { number: 2, start: 2, size: 510, type: '8300' },
  'var-lib-containers': { number: 3, start: 512, size: 4096, type: '8300' },
  root: { number: 4, start: 4608, size: 6144, type: '8300' },
} as const;
const DISK_MIB = 4608 + 6144 + 1;

const KERNEL_ARGUMENTS = [
  'root=LABEL=root',
  'rw',
  'console=ttyS0',
  'loglevel=4',
  'mitigations=off',
  'systemd.show_status=1',
  'no_timer_check', // on a busy machine the emulated timer is late, and the check would panic
];
const EXT4_FOR_BOOT_LOADERS = '^64bit,^metadata_csum';

/**
 * A bootable disk image with one release deployed in the stateroot `lca`, and nothing of any particular node.
 *
 * @param flavour of the releases: disks of different ones do not take each other's place in the cache
 */
export async function buildDisk(
  releases: Releases,
  release: string,
  bootloader: Bootloader,
  flavour = 'plain',
): Promise<string> {
  const grub = bootloader === 'grub' ? await buildGrub() : undefined;
  const files = ['disk.ts', 'extlinux.ts', 'first-boot/provision', 'first-boot/test-host-provision.service'];
  const key = await digest([releases.key, release, grub?.key ?? bootloader], files);
  const directory = await cached(`disk-${flavour}-${release}-${bootloader}`, key, async (dir) => {
    const disk = join(dir, 'disk.raw');
    await partition(disk, bootloader);
    await withPartitions(disk, async (device) => {
      await command('format /boot', [
        'mkfs.ext4',
        '-q',
        '-L',
        'boot',
        '-O',
        EXT4_FOR_BOOT_LOADERS,
        device.boot,
      ]);
      await command('format the root', ['mkfs.xfs', '-q', '-L', 'root', device.root]);
      await command('format container storage', ['mkfs.xfs', '-q', device['var-lib-containers']]);
      await withMounts(device, (sysroot) => deploy(sysroot, releases, release, bootloader));
    });
    if (grub) await installGrub(grub, disk, (LAYOUT['bios-boot'].start * MIB) / SECTOR);
  });
  return join(directory, 'disk.raw');
}

async function partition(disk: string, bootloader: Bootloader): Promise<void> {
  await writeFile(disk, '');
  await truncate(disk, DISK_MIB * MIB);
  const parts = Object.entries(LAYOUT).flatMap(([name, { number, start, size, type }]) => [
    `--new=${number}:${start}M:+${size}M`,
    `--typecode=${number}:${type}`,
    `--change-name=${number}:${name}`,
  ]);
  const bootable = bootloader === 'extlinux' ? ['--attributes=2:set:2'] : [];
  await command('partition the disk', ['sgdisk', '--set-alignment=1', ...parts, ...bootable, disk]);
  if (bootloader === 'extlinux') {
    const code = join('/usr/lib/syslinux/mbr/gptmbr.bin');
    await command('write the MBR', ['dd', `if=${code}`, `of=${disk}`, 'conv=notrunc', 'bs=440', 'count=1']);
  }
}

type Devices = Readonly<Record<'boot' | 'root' | 'var-lib-containers', string>>;

/** One loop device a partition: not every kernel makes nodes for the partitions of a loop device. */
async function withPartitions(disk: string, work: (devices: Devices) => Promise<void>): Promise<void> {
  const devices: Record<string, string> = {};
  try {
    for (const [name, { start, size }] of Object.entries(LAYOUT)) {
      if (name === 'bios-boot') continue;
      const range = [`--offset=${start * MIB}`, `--sizelimit=${size * MIB}`] as const;
      const out = await command('attach a partition', ['losetup', '--find', '--show', ...range, disk]);
      devices[name] = out.trim();
    }
    await work(devices as Devices);
  } finally {
    for (const device of Object.values(devices)) await command('detach', ['losetup', '--detach', device]);
  }
}

async function withMounts(devices: Devices, work: (sysroot: string) => Promise<void>): Promise<void> {
  const sysroot = await mkdtemp(join(tmpdir(), 'lca-sysroot-'));
  const mounted: string[] = [];
  const mount = async (device: string, at: string): Promise<void> => {
    await mkdir(at, { recursive: true });
    await command('mount', ['mount', device, at]);
    mounted.unshift(at);
  };
  try {
    await mount(devices.root, sysroot);
    await mount(devices.boot, join(sysroot, 'boot'));
    await work(sysroot);
  } finally {
    for (const at of mounted) await command('unmount', ['umount', at]);
    await rm(sysroot, { recursive: true, force: true });
  }
}

async function deploy(
  sysroot: string,
  releases: Releases,
  release: string,
  bootloader: Bootloader,
): Promise<void> {
  const at = `--sysroot=${sysroot}`;
  const repo = `--repo=${sysroot}/ostree/repo`;
  await command('make the sysroot', ['ostree', 'admin', 'init-fs', sysroot]);
  await command('set read-only', ['ostree', 'config', repo, 'set', 'sysroot.readonly', 'true']);
  if (bootloader === 'grub') {
    await command('set no loader', ['ostree', 'config', repo, 'set', 'sysroot.bootloader', 'none']);
    await mkdir(join(sysroot, 'boot/grub2'));
    for (const [name, text] of Object.entries(grubFiles()))
      await writeFile(join(sysroot, 'boot/grub2', name), text);
  } else {
    await installExtlinux(sysroot);
  }
  await command('make the stateroot', ['ostree', 'admin', 'os-init', at, STATEROOT]);
  await command('import', ['ostree', 'pull-local', repo, releases.repository, refOf(release)]);
  if (bootloader === 'extlinux') await seedExtlinuxConfig(sysroot);
  const args = KERNEL_ARGUMENTS.map((argument) => `--karg=${argument}`);
  await command('deploy', ['ostree', 'admin', 'deploy', at, `--os=${STATEROOT}`, ...args, refOf(release)]);
  await addFirstBoot(sysroot);
}

/** ostree carries the settings above the entries over from the configuration it finds. */
async function seedExtlinuxConfig(sysroot: string): Promise<void> {
  await mkdir(join(sysroot, 'boot/loader.0'), { recursive: true });
  await symlink('loader.0', join(sysroot, 'boot/loader'));
  await writeFile(join(sysroot, 'boot/loader.0/syslinux.cfg'), EXTLINUX_CONFIG);
}

/** The provisioning unit lives in this deployment's /etc only, so no other deployment ever runs it. */
async function addFirstBoot(sysroot: string): Promise<void> {
  const deployments = join(sysroot, 'ostree/deploy', STATEROOT, 'deploy');
  const name = (await readdir(deployments)).find((entry) => entry.endsWith('.0'));
  const etc = join(deployments, name as string, 'etc');
  const source = join(import.meta.dirname, 'first-boot');
  await copyFile(join(source, 'provision'), join(etc, 'test-host-provision'));
  await copyFile(
    join(source, 'test-host-provision.service'),
    join(etc, 'systemd/system/test-host-provision.service'),
  );
  await mkdir(join(etc, 'systemd/system/sysinit.target.wants'), { recursive: true });
  await symlink(
    '../test-host-provision.service',
    join(etc, 'systemd/system/sysinit.target.wants/test-host-provision.service'),
  );
  const directory = await open(etc, 'r');
  await directory.sync();
  await directory.close();
}
