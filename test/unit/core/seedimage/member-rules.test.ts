import test from 'ava';
import { MemberRefused, MemberRules, type SeedPart } from '../../../../core/seedimage/member-rules.ts';
import type { MemberType } from '../../../../core/seedimage/tar-scanner.ts';

type Short = readonly [type: MemberType, name: string, linkName?: string];

function judge(part: SeedPart, members: readonly Short[]): void {
  const rules = new MemberRules(part);
  for (const [type, name, linkName = ''] of members)
    rules.judge({ type, name, linkName, size: 0, mode: 0o644, uid: 0, gid: 0 });
}

const OBJECT = `ostree/repo/objects/ab/${'0'.repeat(62)}`;

const GOOD: readonly (readonly [SeedPart, readonly Short[]])[] = [
  [
    'etc',
    [
      ['directory', 'etc'],
      ['file', 'etc/a'],
      ['symlink', 'etc/b', '/usr/lib/b'],
      ['symlink', 'etc/c', '../../x'],
      ['hardlink', 'etc/d', 'etc/a'],
      ['fifo', 'etc/p'],
    ],
  ],
  [
    'var',
    [
      ['directory', 'var'],
      ['directory', 'var/lib'],
      ['file', 'var/lib/..x'],
      ['file', 'var/lib/ '],
    ],
  ],
  [
    'ostree',
    [
      ['file', `${OBJECT}.file`],
      ['symlink', `${OBJECT}.file`, '/etc/passwd'],
      ['file', `${OBJECT}.commit`],
    ],
  ],
  [
    'metadata',
    [
      ['directory', 'seed'],
      ['file', 'seed/manifest.json'],
    ],
  ],
];

for (const [part, members] of GOOD) {
  test(`what a seed's ${part} really holds is accepted`, (t) => {
    t.notThrows(() => judge(part, members));
  });
}

const ETC: Short = ['directory', 'etc'];
const BAD: readonly (readonly [title: string, part: SeedPart, members: readonly Short[], message: RegExp])[] =
  [
    [
      'an absolute name',
      'etc',
      [ETC, ['file', '/etc/passwd']],
      /^member \/etc\/passwd has an absolute name$/,
    ],
    ['".." in the middle', 'etc', [ETC, ['file', 'etc/../../tmp/x']], /climbs out/],
    [
      '".." at the end',
      'var',
      [
        ['directory', 'var'],
        ['directory', 'var/..'],
      ],
      /climbs out/,
    ],
    ['a leading "./"', 'etc', [ETC, ['file', './etc/x']], /empty or "\."/],
    ['a doubled slash', 'etc', [ETC, ['file', 'etc//x']], /empty or "\."/],
    ['a name in another part', 'etc', [ETC, ['file', 'usr/bin/sh']], /lies outside of etc\//],
    ['a name that only starts like the part', 'etc', [ETC, ['file', 'etcetera']], /lies outside of etc\//],
    ['a part that is no directory', 'etc', [['symlink', 'etc', '/tmp']], /must be a directory/],
    [
      'a file through a planted symbolic link',
      'etc',
      [ETC, ['symlink', 'etc/x', '/tmp'], ['file', 'etc/x/evil']],
      /would be written through a symlink/,
    ],
    [
      'a file through a planted hard link',
      'etc',
      [ETC, ['file', 'etc/f'], ['hardlink', 'etc/x', 'etc/f'], ['file', 'etc/x/evil']],
      /would be written through a hardlink/,
    ],
    ['a file without its directory', 'etc', [ETC, ['file', 'etc/x/evil']], /comes before the directory/],
    [
      'a link replaced by a directory to write through',
      'etc',
      [ETC, ['symlink', 'etc/x', '/tmp'], ['directory', 'etc/x']],
      /comes twice/,
    ],
    [
      'a directory replaced by a link',
      'etc',
      [ETC, ['directory', 'etc/x'], ['symlink', 'etc/x', '/tmp']],
      /comes twice/,
    ],
    [
      'a file twice',
      'var',
      [
        ['directory', 'var'],
        ['file', 'var/a'],
        ['file', 'var/a'],
      ],
      /comes twice/,
    ],
    [
      'a hard link to what is outside',
      'etc',
      [ETC, ['hardlink', 'etc/x', '/etc/shadow']],
      /hard link to \/etc\/shadow, which is no file stored before/,
    ],
    [
      'a hard link to a symbolic link',
      'etc',
      [ETC, ['symlink', 'etc/s', '/etc/shadow'], ['hardlink', 'etc/x', 'etc/s']],
      /no file stored before/,
    ],
    [
      'a device',
      'var',
      [
        ['directory', 'var'],
        ['block', 'var/sda'],
      ],
      /is a device/,
    ],
    [
      'an overlay whiteout',
      'var',
      [
        ['directory', 'var'],
        ['character', 'var/gone'],
      ],
      /is a device/,
    ],
    [
      'a repository configuration among objects',
      'ostree',
      [['file', 'ostree/repo/config']],
      /no object of an ostree repository/,
    ],
    ['a hook among objects', 'ostree', [['file', 'ostree/repo/hooks/post']], /no object/],
    ['a directory in the place of an object', 'ostree', [['directory', `${OBJECT}.file`]], /is a directory/],
    [
      'a link in the place of a commit',
      'ostree',
      [['symlink', `${OBJECT}.commit`, '/etc/shadow']],
      /is a symlink/,
    ],
    [
      'a path that climbs out of the objects',
      'ostree',
      [['file', 'ostree/repo/objects/../../../x']],
      /climbs out/,
    ],
    [
      'a link among the metadata',
      'metadata',
      [
        ['directory', 'seed'],
        ['symlink', 'seed/manifest.json', '/etc/shadow'],
      ],
      /where only files belong/,
    ],
  ];

for (const [title, part, members, message] of BAD) {
  test(`${title} is refused in ${part}`, (t) => {
    t.throws(() => judge(part, members), { instanceOf: MemberRefused, message });
  });
}

test('a name is shown with its control characters made visible', (t) => {
  t.throws(() => judge('etc', [ETC, ['file', '/a\u001b[31m\n']]), {
    message: 'member /a\\u001b[31m\\n has an absolute name',
  });
});
