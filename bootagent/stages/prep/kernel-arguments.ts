/** Arguments that belong to a machine and its disks, not to an operating system: always the target's own. */
const OF_THE_MACHINE = [
  'root',
  'rootflags',
  'rootfstype',
  'rootwait',
  'boot',
  'console',
  'earlycon',
  'resume',
  'ip',
  'nameserver',
  'bootdev',
  'rd.luks',
  'rd.lvm',
  'rd.md',
  'rd.multipath',
  'rd.iscsi',
  'rd.znet',
  'zfcp.allow_lun_scan',
  'rw',
  'ro',
] as const;

/** Written anew for every deployment, or only for a first boot. */
const NEVER_KEPT = [
  'ostree',
  'BOOT_IMAGE',
  'initrd',
  'ibu',
  'ignition.firstboot',
  'ignition.platform.id',
] as const;

/** What makes a node that cannot go on reboot by itself instead of waiting for a person. */
const NO_WAITING = {
  /** Seconds after a kernel panic (kernel, Documentation/admin-guide/kernel-parameters). */
  panic: '10',
  /** Initramfs made by dracut: reboot instead of an emergency shell (dracut.cmdline(7)). */
  'rd.emergency': 'reboot',
  'rd.shell': '0',
  /** systemd itself crashed (systemd(1)). */
  'systemd.crash_reboot': '1',
} as const;

/**
 * Kernel arguments of the new deployment: the seed's, with those of the machine replaced by the running system's, and
 * with what turns a dead kernel into a reboot.
 *
 * @param seed the seed's arguments
 * @param booted the running deployment's arguments
 * @param version names the boot entry (`ibu=<version>`, as upstream does)
 */
export function newKernelArguments(
  seed: readonly string[],
  booted: readonly string[],
  version: string,
): readonly string[] {
  const waits = Object.keys(NO_WAITING);
  const fromSeed = seed.filter((argument) => !isOne(argument, [...OF_THE_MACHINE, ...NEVER_KEPT, ...waits]));
  const own = booted.filter((argument) => isOne(argument, OF_THE_MACHINE));
  const noWaiting = Object.entries(NO_WAITING).map(([name, value]) => `${name}=${value}`);
  return [...own, ...fromSeed.filter((argument) => !own.includes(argument)), ...noWaiting, `ibu=${version}`];
}

/** Whether an argument is, or is a part of (`rd.luks.uuid=`), one of the named. */
function isOne(argument: string, names: readonly string[]): boolean {
  const name = argument.split('=')[0] as string;
  return names.some((known) => name === known || (known.includes('.') && name.startsWith(`${known}.`)));
}
