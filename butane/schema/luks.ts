import { bool, int, keyedBy, listOf, type ObjectOf, object, objectType, text, texts } from './field.ts';
import { resource } from './resource.ts';

export const tang = objectType(
  'Tang',
  { advertisement: text({ since: 5 }), thumbprint: text(), url: text({ presence: 'given' }) },
  { key: keyedBy('url') },
);

export const clevisCustom = objectType('ClevisCustom', {
  config: text({ presence: 'always-until-3.2' }),
  needsNetwork: bool(),
  pin: text({ presence: 'always-until-3.2' }),
});

export const clevis = objectType('Clevis', {
  custom: object(clevisCustom),
  tang: listOf(tang),
  threshold: int(),
  tpm2: bool(),
});

export const cex = objectType('Cex', { enabled: bool() });

export const luks = objectType(
  'Luks',
  {
    cex: object(cex, { since: 6 }),
    clevis: object(clevis),
    device: text(),
    discard: bool({ since: 5 }),
    keyFile: object(resource),
    label: text(),
    name: text({ presence: 'always' }),
    openOptions: texts({ since: 5 }),
    options: texts({ concatenated: true }),
    uuid: text(),
    wipeVolume: bool(),
  },
  { key: keyedBy('name') },
);

export type Tang = ObjectOf<typeof tang>;
export type Clevis = ObjectOf<typeof clevis>;
export type ClevisCustom = ObjectOf<typeof clevisCustom>;
export type Luks = ObjectOf<typeof luks>;
