import type { Path } from '../../report/path.ts';
import type { Config } from '../../schema/config.ts';
import type { Input } from './validate-input.ts';

const BOOT_DISK = '/dev/disk/by-id/coreos-boot-disk';
const REUSE_BY_LABEL =
  'partitions cannot be reused by label; number must be specified except on boot disk (/dev/disk/by-id/coreos-boot-disk) or when wipe_table is true';
const CEX_KEY = 'rd.luks.key=/etc/luks/cex.key';

/** Rules about a config as a whole: fcos from 1.6; openshift from 4.19 has one of its own instead. */
export function checkConfig(config: Config, path: Path, { spec, report }: Input): void {
  if (spec.openshift !== undefined) {
    if (spec.openshift >= 19) checkCexKey(config, path, { spec, report });
    return;
  }
  if (spec.fcos < 6) return;
  checkReuseByLabel(config, { spec, report });
  checkMountPaths(config, { spec, report });
}

function checkReuseByLabel({ storage, bootDevice }: Config, { report }: Input): void {
  const mirrored = new Set(bootDevice?.mirror?.devices ?? []);
  for (const [i, { device = '', partitions = [], wipeTable }] of (storage?.disks ?? []).entries()) {
    if (wipeTable === true || device === BOOT_DISK || mirrored.has(device)) continue;
    for (const [p, { number = 0, label }] of partitions.entries()) {
      if (number !== 0 || label === undefined) continue;
      report.warning(['storage', 'disks', i, 'partitions', p, 'number'], REUSE_BY_LABEL);
    }
  }
}

function checkMountPaths({ storage }: Config, { report }: Input): void {
  for (const [i, { path, withMountUnit }] of (storage?.filesystems ?? []).entries()) {
    if (withMountUnit !== true || path === undefined || /^\/(etc|var)(\/|$)/.test(path)) continue;
    report.error(
      ['storage', 'filesystems', i, 'path'],
      'path must be under /etc or /var if with_mount_unit is true',
    );
  }
}

/** A root volume unlocked by a CEX card is found through a kernel argument. */
function checkCexKey({ bootDevice, storage, openshift }: Config, _path: Path, { report }: Input): void {
  if ((openshift?.kernelArguments ?? []).includes(CEX_KEY)) return;
  const wants = [
    bootDevice?.luks?.cex?.enabled === true,
    (storage?.luks ?? []).some(({ name, cex }) => name === 'root' && cex?.enabled === true),
  ];
  for (const wanted of wants) {
    if (!wanted) continue;
    report.error(
      ['openshift', 'kernel_arguments'],
      `'${CEX_KEY}' must be set as kernel argument when CEX is enabled for the boot device`,
    );
  }
}
