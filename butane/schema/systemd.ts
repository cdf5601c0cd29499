import { bool, keyedBy, listOf, type ObjectOf, objectType, text } from './field.ts';

export const dropin = objectType(
  'Dropin',
  {
    contents: text(),
    contentsLocal: text({ since: 5, presence: 'sugar' }),
    name: text({ presence: 'always' }),
  },
  { key: keyedBy('name') },
);

export const unit = objectType(
  'Unit',
  {
    contents: text(),
    contentsLocal: text({ since: 5, presence: 'sugar' }),
    dropins: listOf(dropin),
    enabled: bool(),
    mask: bool(),
    name: text({ presence: 'always' }),
  },
  { key: keyedBy('name') },
);

export const systemd = objectType('Systemd', { units: listOf(unit) });

export type Unit = ObjectOf<typeof unit>;
export type Dropin = ObjectOf<typeof dropin>;
