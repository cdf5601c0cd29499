import { bool, int, keyedBy, listOf, type ObjectOf, objectType, text, texts } from './field.ts';

export const group = objectType(
  'PasswdGroup',
  {
    gid: int(),
    name: text({ presence: 'always' }),
    passwordHash: text(),
    shouldExist: bool({ since: 2 }),
    system: bool(),
  },
  { key: keyedBy('name') },
);

export const user = objectType(
  'PasswdUser',
  {
    gecos: text(),
    groups: texts({ itemName: 'Group' }),
    homeDir: text(),
    name: text({ presence: 'always' }),
    noCreateHome: bool(),
    noLogInit: bool(),
    noUserGroup: bool(),
    passwordHash: text(),
    primaryGroup: text(),
    sshAuthorizedKeys: texts({ itemName: 'SSHAuthorizedKey' }),
    sshAuthorizedKeysLocal: texts({ since: 5, presence: 'sugar' }),
    shell: text(),
    shouldExist: bool({ since: 2 }),
    system: bool(),
    uid: int(),
  },
  { key: keyedBy('name') },
);

export const passwd = objectType('Passwd', { groups: listOf(group), users: listOf(user) });

export type User = ObjectOf<typeof user>;
export type Group = ObjectOf<typeof group>;
