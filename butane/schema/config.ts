import { type ObjectOf, object, objectType, text } from './field.ts';
import { ignition, kernelArguments } from './ignition-section.ts';
import { passwd } from './passwd.ts';
import { storage } from './storage.ts';
import { bootDevice, grub, metadata, openshift } from './sugar.ts';
import { systemd } from './systemd.ts';

/** A whole Butane file, and (less its sugar) the Ignition config it becomes. */
export const config = objectType(
  'Config',
  {
    version: text({ presence: 'sugar' }),
    variant: text({ presence: 'sugar' }),
    ignition: object(ignition, { presence: 'always' }),
    kernelArguments: object(kernelArguments, { since: 4 }),
    passwd: object(passwd),
    storage: object(storage),
    systemd: object(systemd),
    bootDevice: object(bootDevice, { since: 3, presence: 'sugar' }),
    grub: object(grub, { since: 5, presence: 'sugar' }),
    metadata: object(metadata, { variant: 'openshift', presence: 'sugar' }),
    openshift: object(openshift, { variant: 'openshift', presence: 'sugar' }),
  },
  { layer: 'fcos' },
);

export type Config = ObjectOf<typeof config>;
