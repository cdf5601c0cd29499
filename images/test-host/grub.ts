import { mkdtemp, open, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, digest, removeTree } from './cache.ts';
import { command } from './command.ts';

/** Debian's development suite: the first with a GRUB (2.14) that reads Boot Loader Specification entries (`blscfg`). */
const SUITE = 'sid';
const MIRROR = 'http://deb.debian.org/debian';
const MODULES =
  'biosdisk part_gpt part_msdos ext2 search search_label normal configfile loadenv blsuki linux echo test sleep serial terminal reboot minicmd';
const SECTOR = 512;

/** Finds the boot partition by its label and reads the configuration there, as the static GRUB of CoreOS-style hosts does. */
const EARLY_CONFIG = `search --label boot --set boot
set root=$boot
set prefix=($boot)/grub2
configfile ($boot)/grub2/grub.cfg
`;

/** The static configuration: nothing in it belongs to lca, which may only add to user.cfg and to the environment block. */
const GRUB_CONFIG = `serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
if [ -s $prefix/grubenv ]; then
  load_env
fi
set timeout=1
if [ -f $prefix/user.cfg ]; then
  source $prefix/user.cfg
fi
blscfg
`;

export interface Grub {
  /** Directory with boot.img and core.img. */
  readonly images: string;
  readonly key: string;
}

/** Makes GRUB's images in a throw-away chroot of the suite that has them. */
export async function buildGrub(): Promise<Grub> {
  const key = await digest([], ['grub.ts']);
  const images = await cached('grub', key, async (dir) => {
    const scratch = await mkdtemp(join(tmpdir(), 'lca-grub-'));
    try {
      const tree = join(scratch, 'tree');
      await command(`unpack GRUB of Debian ${SUITE}`, [
        'mmdebstrap',
        '--mode=root',
        '--variant=apt',
        '--aptopt=Acquire::Check-Valid-Until "false"',
        '--include=grub-pc-bin,grub-common',
        '--dpkgopt=force-unsafe-io',
        SUITE,
        tree,
        `deb ${MIRROR} ${SUITE} main`,
      ]);
      await writeFile(join(tree, 'early.cfg'), EARLY_CONFIG);
      const chroot = [
        'chroot',
        tree,
        'grub-mkimage',
        '-O',
        'i386-pc',
        '-c',
        '/early.cfg',
        '-p',
        '(hd0)/grub2',
      ] as const;
      await command('make core.img', [...chroot, '-o', '/core.img', ...MODULES.split(' ')]);
      await command('keep the images', [
        'cp',
        join(tree, 'core.img'),
        join(tree, 'usr/lib/grub/i386-pc/boot.img'),
        dir,
      ]);
    } finally {
      await removeTree(scratch);
    }
  });
  return { images, key };
}

/**
 * Puts GRUB on a disk image without grub-bios-setup: boot.img's code into the first sector, core.img into the
 * BIOS-boot partition, each told where the next piece lies.
 *
 * @param startSector first sector of the BIOS-boot partition
 */
export async function installGrub(grub: Grub, disk: string, startSector: number): Promise<void> {
  const boot = await readFile(join(grub.images, 'boot.img'));
  const image = await readFile(join(grub.images, 'core.img'));
  const sectors = Math.ceil(image.length / SECTOR);
  const core = Buffer.alloc(sectors * SECTOR);
  image.copy(core);
  const bootCode = Buffer.from(boot.subarray(0, 440));
  bootCode.writeBigUInt64LE(BigInt(startSector), 0x5c);
  bootCode.writeUInt16LE(0x9090, 0x66); // no "jmp" around the drive check: the drive the BIOS named is right
  core.writeBigUInt64LE(BigInt(startSector + 1), 500); // the block list: where the rest of core.img begins,
  core.writeUInt16LE(sectors - 1, 508); // its length,
  core.writeUInt16LE(0x820, 510); // and the segment it is loaded to
  const file = await open(disk, 'r+');
  try {
    await file.write(bootCode, 0, bootCode.length, 0);
    await file.write(core, 0, core.length, startSector * SECTOR);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The files of /boot/grub2 by name: the configuration and an empty environment block of the fixed size GRUB needs. */
export function grubFiles(): Readonly<Record<string, string>> {
  return { 'grub.cfg': GRUB_CONFIG, grubenv: '# GRUB Environment Block\n'.padEnd(1024, '#') };
}
