import { bool, int, keyedBy, listOf, type ObjectOf, object, objectType, text } from './field.ts';
import { resource } from './resource.ts';

export const nodeUser = objectType('NodeUser', { id: int(), name: text() });
export const nodeGroup = objectType('NodeGroup', { id: int(), name: text() });

/** What files, directories and links have in common, in this order. */
const node = {
  group: object(nodeGroup),
  overwrite: bool(),
  path: text({ presence: 'always' }),
  user: object(nodeUser),
};
const key = keyedBy('path');

export const file = objectType(
  'File',
  { ...node, append: listOf(resource, { concatenated: true }), contents: object(resource), mode: int() },
  { key },
);

export const directory = objectType('Directory', { ...node, mode: int() }, { key });

export const link = objectType(
  'Link',
  { ...node, hard: bool(), target: text({ presence: 'always-until-3.2' }) },
  { key },
);

/** A folder of the files directory whose contents become files and links. */
export const tree = objectType('Tree', {
  group: object(nodeGroup, { since: 7 }),
  local: text(),
  path: text(),
  user: object(nodeUser, { since: 7 }),
  fileMode: int({ since: 7 }),
  dirMode: int({ since: 7 }),
});

export type File = ObjectOf<typeof file>;
export type Directory = ObjectOf<typeof directory>;
export type Link = ObjectOf<typeof link>;
export type Tree = ObjectOf<typeof tree>;
export type Owner = ObjectOf<typeof nodeUser>;
