import { type Config, config as configType } from '../schema/config.ts';
import type { Luks } from '../schema/luks.ts';
import { clevis as clevisType } from '../schema/luks.ts';
import type { Disk, Filesystem, Partition, Raid } from '../schema/storage.ts';
import type { BootDevice } from '../schema/sugar.ts';
import type { Context } from './context.ts';
import { copied } from './copy.ts';
import { merged } from './merge.ts';

/** Partition types by their GPT GUIDs (UEFI and PowerPC specifications; "reserved" is CoreOS's own placeholder). */
const TYPE = {
  bios: '21686148-6449-6E6F-744E-656564454649',
  prep: '9E1A2D38-C612-4316-AA26-8B49521E5A8B',
  esp: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  reserved: '8DA63339-0007-60C0-C436-083AC8230908',
} as const;

const SIZE_MIB = { bios: 1, prep: 4, esp: 127, reserved: 1, boot: 384 } as const;

/** Renders `boot_device` (a mirrored or encrypted root) into disks, RAID, LUKS and filesystems; the user's own entries win. */
export function withBootDevice({ bootDevice = {} }: Config, ignition: Config, context: Context): Config {
  const mirrored = bootDevice.mirror?.devices ?? [];
  const wantsLuks = hasLuks(bootDevice);
  if (mirrored.length === 0 && !wantsLuks) return ignition;
  const storage: NonNullable<Config['storage']> = {};
  const filesystems: Filesystem[] = [];
  if (mirrored.length > 0) addMirror(storage, filesystems, mirrored, bootDevice.layout, context);
  if (wantsLuks) storage.luks = [rootVolume(bootDevice, mirrored.length > 0, context)];
  const root = filesystem(wantsLuks ? '/dev/mapper/root' : '/dev/md/md-root', 'xfs', 'root');
  context.origins.noteWhole(root, ['boot_device']);
  storage.filesystems = [...filesystems, root];
  context.origins.noteWhole(storage, ['boot_device']);
  return merged(configType, { storage }, ignition, context);
}

/** Whether the root is to be encrypted. */
export function hasLuks({ luks = {} }: BootDevice): boolean {
  return luks.tpm2 === true || (luks.tang ?? []).length > 0 || luks.cex?.enabled === true;
}

function addMirror(
  storage: NonNullable<Config['storage']>,
  filesystems: Filesystem[],
  devices: readonly string[],
  layout: string | undefined,
  { origins }: Context,
): void {
  const hasEsp = layout === undefined || layout === 'x86_64' || layout === 'aarch64';
  storage.disks = devices.map((device, i) => {
    const disk: Disk = { device, partitions: partitions(layout, i + 1), wipeTable: true };
    origins.noteWhole(disk, ['boot_device', 'mirror', 'devices', i]);
    if (hasEsp) {
      const esp = filesystem(`/dev/disk/by-partlabel/esp-${i + 1}`, 'vfat', `esp-${i + 1}`);
      origins.noteWhole(esp, ['boot_device', 'mirror', 'devices', i]);
      filesystems.push(esp);
    }
    return disk;
  });
  origins.note(storage.disks, ['boot_device', 'mirror', 'devices']);
  const parts = (label: string): string[] =>
    devices.map((_, i) => `/dev/disk/by-partlabel/${label}-${i + 1}`);
  // The superblock of the boot array at its end, so that a BIOS GRUB need not understand RAID.
  const boot: Raid = { devices: parts('boot'), level: 'raid1', name: 'md-boot', options: ['--metadata=1.0'] };
  const root: Raid = { devices: parts('root'), level: 'raid1', name: 'md-root' };
  storage.raid = [boot, root];
  const bootFilesystem = filesystem('/dev/md/md-boot', 'ext4', 'boot');
  for (const made of [boot, root, storage.raid, bootFilesystem])
    origins.noteWhole(made, ['boot_device', 'mirror']);
  filesystems.push(bootFilesystem);
}

function partitions(layout: string | undefined, i: number): Partition[] {
  const first =
    layout === undefined || layout === 'x86_64' ? 'bios' : layout === 'ppc64le' ? 'prep' : 'reserved';
  const second = first === 'bios' || layout === 'aarch64' ? 'esp' : 'reserved';
  const firmware = [first, second] as const;
  return [
    ...firmware.map((kind) => ({ label: `${kind}-${i}`, sizeMiB: SIZE_MIB[kind], typeGuid: TYPE[kind] })),
    { label: `boot-${i}`, sizeMiB: SIZE_MIB.boot },
    { label: `root-${i}` },
  ];
}

function rootVolume(bootDevice: BootDevice, mirrored: boolean, context: Context): Luks {
  const { layout, luks = {} } = bootDevice;
  const at = ['boot_device', 'luks'];
  const device =
    layout === 's390x-eckd'
      ? `${luks.device}2`
      : layout === 's390x-zfcp'
        ? `${luks.device}4`
        : mirrored
          ? '/dev/md/md-root'
          : '/dev/disk/by-partlabel/root';
  const volume: Luks = { device, label: 'luks-root', name: 'root', wipeVolume: true };
  if (luks.discard !== undefined) volume.discard = luks.discard;
  if (luks.cex?.enabled === true) volume.cex = { enabled: true };
  else {
    const { tang, threshold, tpm2 } = luks;
    volume.clevis = copied(clevisType, { tang, threshold, tpm2 }, at, context);
  }
  context.origins.noteWhole(volume, at);
  if (luks.discard !== undefined) context.origins.noteField(volume, 'discard', [...at, 'discard']);
  return volume;
}

function filesystem(device: string, format: string, label: string): Filesystem {
  return { device, format, label, wipeFilesystem: true };
}
