import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import * as fc from 'fast-check';
import { TarFormatError, type TarMember, TarScanner } from '../../../../core/seedimage/tar-scanner.ts';
import { type HandMadeMember, tarBytes } from '../../../support/tar-bytes.ts';

interface Scanned {
  readonly members: TarMember[];
  readonly contents: Map<string, string>;
}

function scan(archive: Buffer, chunk = archive.length): Scanned {
  const members: TarMember[] = [];
  const contents = new Map<string, string>();
  const scanner = new TarScanner({
    member: (member) => {
      members.push(member);
      if (member.type === 'file') contents.set(member.name, '');
    },
    content: (member, piece) =>
      contents.set(member.name, contents.get(member.name) + piece.toString('latin1')),
  });
  for (let at = 0; at < archive.length; at += chunk) scanner.push(archive.subarray(at, at + chunk));
  scanner.end();
  return { members, contents };
}

const refused = (archive: Buffer) => () => scan(archive);

test('what GNU tar writes is read back exactly, in pieces of any size, whatever the names are', (t) => {
  const segment = fc
    .stringMatching(/^[^/\0]{1,120}$/)
    .filter((name) => name !== '.' && name !== '..' && Buffer.byteLength(name) <= 200);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(segment, fc.string({ maxLength: 2000 })), {
        selector: ([name]) => name,
        maxLength: 6,
      }),
      fc.integer({ min: 1, max: 3000 }),
      (files, chunk) => {
        const directory = mkdtempSync(join(tmpdir(), 'lca-tar-'));
        try {
          for (const [name, content] of files) {
            const path = join(directory, 'var', name);
            mkdirSync(dirname(path), { recursive: true });
            writeFileSync(path, content);
          }
          mkdirSync(join(directory, 'var'), { recursive: true });
          const names = files.map(([name]) => `var/${name}\0`).join('');
          const archive = execFileSync(
            'tar',
            ['-c', '--format=posix', '-C', directory, '--no-recursion', '--null', '-T', '-'],
            {
              input: `var\0${names}`,
            },
          );
          const { members, contents } = scan(archive, chunk);
          t.deepEqual(
            members.map(({ name, type }) => `${type} ${Buffer.from(name, 'latin1').toString()}`),
            ['directory var', ...files.map(([name]) => `file var/${name}`)],
          );
          for (const [name, content] of files) {
            const key = Buffer.from(`var/${name}`).toString('latin1');
            t.is(Buffer.from(contents.get(key) ?? '', 'latin1').toString(), Buffer.from(content).toString());
          }
        } finally {
          rmSync(directory, { recursive: true });
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('an archive cut short anywhere is refused', (t) => {
  const archive = tarBytes([
    { name: 'etc', flag: '5' },
    { name: 'etc/a', content: 'x'.repeat(600), pax: { mtime: '1.5' } },
  ]);
  for (let length = 0; length < archive.length; length += 64) {
    t.throws(refused(archive.subarray(0, length)), { instanceOf: TarFormatError }, `${length} bytes`);
  }
  t.notThrows(refused(archive));
});

const TRICKS: readonly (readonly [title: string, members: readonly HandMadeMember[], message: RegExp])[] = [
  ['a wrong checksum', [{ name: 'etc', badChecksum: true }], /header is damaged/],
  [
    'a sparse file under another name',
    [{ name: 'etc/a', pax: { 'GNU.sparse.name': '../../evil' } }],
    /unknown key "GNU\.sparse\.name"/,
  ],
  [
    'a global header that renames what follows',
    [{ name: 'g', flag: 'g', content: '18 path=/etc/evil\n' }],
    /unknown type "g"/,
  ],
  ['an old-style sparse member', [{ name: 'etc/a', flag: 'S' }], /unknown type "S"/],
  ['a volume label', [{ name: 'etc/a', flag: 'V' }], /unknown type "V"/],
  ['a pre-POSIX type', [{ name: 'etc/', flag: '\0' }], /unknown type/],
  [
    'two extended headers in a row',
    [{ name: 'x', flag: 'x', content: '9 uid=00\n', pax: { path: 'etc/a' } }],
    /repeated/,
  ],
  [
    'the same key twice',
    [{ name: 'x', flag: 'x', content: '12 path=one\n12 path=two\n' }, { name: 'etc/a' }],
    /extended header is damaged/,
  ],
  [
    'lengths that do not add up',
    [{ name: 'x', flag: 'x', content: '99 path=one\n' }, { name: 'etc/a' }],
    /extended header is damaged/,
  ],
  [
    'content behind a directory',
    [{ name: 'etc', flag: '5', content: 'x'.repeat(512) }],
    /has content but is no file/,
  ],
  [
    'content behind a link, by an extended header',
    [{ name: 'etc/a', flag: '2', linkName: 'b', pax: { size: '512' } }],
    /has content but is no file/,
  ],
  ['a size that is no number', [{ name: 'etc/a', pax: { size: '1e3' } }], /size that is no number/],
  ['a NUL byte in a name', [{ name: 'x', pax: { path: 'etc/a\0/../../b' } }], /NUL byte/],
  ['another character set', [{ name: 'etc/a', pax: { hdrcharset: 'BINARY' } }], /unknown key "hdrcharset"/],
];

for (const [title, members, message] of TRICKS) {
  test(`${title} is refused`, (t) => {
    t.throws(refused(tarBytes(members)), { instanceOf: TarFormatError, message });
  });
}

test('data after the end, and an extended header without a member, are refused', (t) => {
  const hidden = tarBytes([{ name: 'etc/hidden' }], Buffer.alloc(0));
  t.throws(refused(Buffer.concat([tarBytes([{ name: 'etc', flag: '5' }]), hidden])), {
    message: /data after its end/,
  });
  t.throws(refused(Buffer.concat([Buffer.alloc(512), hidden, Buffer.alloc(1024)])), {
    message: /data after its end/,
  });
  t.throws(refused(tarBytes([{ name: 'x', flag: 'x', content: '10 path=a\n' }])), {
    message: /has no member/,
  });
});

test('random bytes never hang the scanner or crash it in another way', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
      t.throws(refused(Buffer.from(bytes)), { instanceOf: TarFormatError });
    }),
  );
});
