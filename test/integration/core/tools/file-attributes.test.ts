import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { RealHost } from '../../../../core/host/real-host.ts';
import { copyFileAttributes } from '../../../../core/tools/file-attributes.ts';

const NAMES = ['plain', 'a b', 'line\nend', 'back\\slash', 'ключ', '# file: no'];

function attributesOf(path: string): string {
  const stat = execFileSync('stat', ['--format=%a %u %g', path], { encoding: 'utf8' });
  const extended = ['--dump', '--match=-', '--encoding=hex', '--absolute-names'];
  return (
    stat +
    execFileSync('getfattr', [...extended, path], { encoding: 'utf8' })
      .split('\n')
      .slice(1)
      .join('\n')
  );
}

/** Programs of this machine but those named. */
function programsWithout(directory: string, names: readonly string[]): string {
  mkdirSync(directory);
  for (const name of ['xargs', 'cp', 'getfattr', 'setfattr'].filter((one) => !names.includes(one)))
    symlinkSync(`/usr/bin/${name}`, join(directory, name));
  return directory;
}

for (const missing of [[], ['getfattr', 'setfattr']]) {
  const how = missing.length === 0 ? 'with getfattr' : 'without getfattr';
  test.serial(
    `Owner, mode, extended attributes and ACLs go over, whatever the files are called, ${how}`,
    async (t) => {
      const directory = mkdtempSync(join(tmpdir(), 'lca-attributes-'));
      const path = process.env['PATH'];
      t.teardown(() => {
        process.env['PATH'] = path;
        rmSync(directory, { recursive: true });
      });
      const host = new RealHost();
      const copies = NAMES.map((name) => ({
        from: join(directory, name),
        to: join(directory, `new ${name}`),
      }));
      for (const [index, { from, to }] of copies.entries()) {
        writeFileSync(from, 'old');
        writeFileSync(to, 'new', { mode: 0o600 });
        chownSync(from, 1000 + index, 2000 + index);
        chmodSync(from, 0o640);
        if (index === 0) continue; // one has nothing special
        execFileSync('setfattr', ['--name=user.note', `--value=about "${index}"`, from]);
        execFileSync('setfattr', ['--name=trusted.mark', '--value=0x000aff', from]);
        execFileSync('setfacl', ['--modify=user:77:r', from]);
      }
      process.env['PATH'] = programsWithout(join(directory, 'programs'), missing);
      await copyFileAttributes(host, copies);
      process.env['PATH'] = path;
      for (const { from, to } of copies) {
        t.is(attributesOf(to), attributesOf(from), from);
        t.is(readFileSync(to, 'utf8'), 'new');
      }
    },
  );
}

test('Nothing to copy runs no program', async (t) => {
  await t.notThrowsAsync(copyFileAttributes(new RealHost(), []));
});
