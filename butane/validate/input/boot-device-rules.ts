import type { Path } from '../../report/path.ts';
import type { BootDevice, BootDeviceMirror } from '../../schema/sugar.ts';
import type { Input } from './validate-input.ts';

const LAYOUTS = ['aarch64', 'ppc64le', 'x86_64'];
const S390X_LAYOUTS = ['s390x-eckd', 's390x-virt', 's390x-zfcp'];

/** What the boot disk of a layout that names it must be called. */
const DEVICE_NAMES: Readonly<Record<string, RegExp>> = {
  's390x-eckd': /\/dev\/dasd[a-z]$/,
  's390x-zfcp': /\/dev\/sd[a-z]$/,
};

export function checkBootDevice({ layout, luks, mirror = {} }: BootDevice, path: Path, input: Input): void {
  const { spec, report } = input;
  const at = [...path, 'layout'];
  const layouts = spec.fcos >= 6 ? [...LAYOUTS, ...S390X_LAYOUTS].toSorted() : LAYOUTS;
  const mirrored = (mirror.devices ?? []).length > 0;
  if (layout !== undefined && !layouts.includes(layout)) {
    report.error(at, `layout must be one of: ${layouts.join(', ')}`);
  } else if (layout !== undefined && S390X_LAYOUTS.includes(layout)) {
    checkS390x({ layout, device: luks?.device ?? '', mirrored }, at, input);
  }
  if (mirrored && layout === undefined) {
    report.warning(
      [...path, 'mirror'],
      'boot_device.layout should be specified when boot_device.mirror is specified',
    );
  }
  // Looked at here and again as an object of its own: the reference implementation says it twice.
  checkMirror(mirror, [...path, 'mirror'], input);
}

export function checkMirror({ devices = [] }: BootDeviceMirror, path: Path, { report }: Input): void {
  if (devices.length === 1) report.error([...path, 'devices'], 'mirroring requires at least two devices');
}

function checkS390x(
  { layout, device, mirrored }: { layout: string; device: string; mirrored: boolean },
  at: Path,
  { report }: Input,
): void {
  const named = DEVICE_NAMES[layout];
  if (named !== undefined && device === '') {
    report.error(at, 'device is required for layouts: s390x-eckd, s390x-zfcp');
  } else if (named !== undefined && !named.test(device)) {
    report.error(
      at,
      'device name must start with /dev/dasd on s390x-eckd layout or /dev/sd on s390x-zfcp layout',
    );
  }
  if (mirrored) report.error(at, 'mirroring not supported on layouts: s390x-eckd, s390x-zfcp, s390x-virt');
}
