import { bool, int, labels, listOf, type ObjectOf, object, objectType, text, texts } from './field.ts';
import { cex, tang } from './luks.ts';

const layer = 'fcos';

export const bootDeviceMirror = objectType('BootDeviceMirror', { devices: texts() }, { layer });

export const bootDeviceLuks = objectType(
  'BootDeviceLuks',
  {
    cex: object(cex, { since: 6 }),
    device: text({ since: 6 }),
    discard: bool({ since: 5 }),
    tang: listOf(tang),
    threshold: int(),
    tpm2: bool(),
  },
  { layer },
);

export const bootDevice = objectType(
  'BootDevice',
  { layout: text(), luks: object(bootDeviceLuks), mirror: object(bootDeviceMirror) },
  { layer },
);

export const grubUser = objectType('GrubUser', { name: text(), passwordHash: text() }, { layer });

export const grub = objectType('Grub', { users: listOf(grubUser) }, { layer });

/** A MachineConfig's own name and labels. */
export const metadata = objectType('Metadata', { name: text(), labels: labels() }, { layer: 'openshift' });

/** What a MachineConfig says besides its Ignition config. */
export const openshift = objectType(
  'OpenShift',
  { kernelArguments: texts(), extensions: texts(), fips: bool(), kernelType: text() },
  { layer: 'openshift' },
);

export type BootDevice = ObjectOf<typeof bootDevice>;
export type BootDeviceMirror = ObjectOf<typeof bootDeviceMirror>;
export type GrubUser = ObjectOf<typeof grubUser>;
export type Metadata = ObjectOf<typeof metadata>;
export type OpenShift = ObjectOf<typeof openshift>;
