import { bool, int, keyedBy, listOf, type ObjectOf, objectType, scalarText, text, texts } from './field.ts';
import { directory, file, link, tree } from './files.ts';
import { luks } from './luks.ts';

export const partition = objectType(
  'Partition',
  {
    guid: text(),
    label: text(),
    number: int({ presence: 'non-zero' }),
    resize: bool({ since: 2 }),
    shouldExist: bool(),
    sizeMiB: int(),
    startMiB: int(),
    typeGuid: text(),
    wipePartitionEntry: bool(),
  },
  {
    key: ({ number = 0, label }) => {
      if (number !== 0) return `number:${scalarText(number)}`;
      return label === undefined ? '' : `label:${scalarText(label)}`;
    },
  },
);

export const disk = objectType(
  'Disk',
  { device: text({ presence: 'always' }), partitions: listOf(partition), wipeTable: bool() },
  { key: keyedBy('device') },
);

export const filesystem = objectType(
  'Filesystem',
  {
    device: text({ presence: 'always' }),
    format: text(),
    label: text(),
    mountOptions: texts({ since: 1, concatenated: true }),
    options: texts({ concatenated: true }),
    path: text(),
    uuid: text(),
    wipeFilesystem: bool(),
    withMountUnit: bool({ since: 1, presence: 'sugar' }),
  },
  { key: keyedBy('device') },
);

export const raid = objectType(
  'Raid',
  {
    devices: texts({ itemName: 'Device', presence: 'always-until-3.2' }),
    level: text({ presence: 'always-until-3.2' }),
    name: text({ presence: 'always' }),
    options: texts({ concatenated: true }),
    spares: int(),
  },
  { key: keyedBy('name') },
);

export const storage = objectType(
  'Storage',
  {
    directories: listOf(directory),
    disks: listOf(disk),
    files: listOf(file),
    filesystems: listOf(filesystem),
    links: listOf(link),
    luks: listOf(luks, { since: 2 }),
    raid: listOf(raid),
    trees: listOf(tree, { since: 1, presence: 'sugar' }),
  },
  { sharedKeys: ['directories', 'files', 'links'] },
);

export type Partition = ObjectOf<typeof partition>;
export type Disk = ObjectOf<typeof disk>;
export type Filesystem = ObjectOf<typeof filesystem>;
export type Raid = ObjectOf<typeof raid>;
export type Storage = ObjectOf<typeof storage>;
