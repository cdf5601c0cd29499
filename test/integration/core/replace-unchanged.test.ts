import { closeSync, linkSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { RealHost } from '../../../core/host/real-host.ts';
import { replaceUnchanged } from '../../../core/host/replace-unchanged.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const NAME = 'ibu.yaml';
const at = async () => undefined;

test('A file is replaced, made and removed only while it is as it was read', async (t) => {
  const directory = await temporaryDirectory(t);
  const host = new RealHost({ root: directory });
  const read = () => host.readText(`/${NAME}`);
  t.true(await host.replaceUnchanged(`/${NAME}`, undefined, 'a'));
  t.false(await host.replaceUnchanged(`/${NAME}`, undefined, 'b'), 'somebody has made one');
  t.false(await host.replaceUnchanged(`/${NAME}`, 'x', 'b'), 'somebody has changed it');
  t.is(await read(), 'a');
  await host.chmod(`/${NAME}`, 0o640);
  t.true(await host.replaceUnchanged(`/${NAME}`, 'a', 'b'));
  t.is((await host.stat(`/${NAME}`))?.mode, 0o640);
  t.false(await host.replaceUnchanged(`/${NAME}`, 'a', undefined));
  t.true(await host.replaceUnchanged(`/${NAME}`, 'b', undefined));
  t.is(await read(), undefined);
  t.false(await host.replaceUnchanged(`/${NAME}`, 'b', 'c'), 'somebody has removed it');
  t.deepEqual(readdirSync(directory), [], 'nothing is left behind');
});

test('What an editor writes into the file it had open when that was replaced is put back', async (t) => {
  const directory = await temporaryDirectory(t);
  const [path, fresh] = [join(directory, NAME), join(directory, 'fresh')];
  writeFileSync(path, 'before');
  writeFileSync(fresh, 'ours');
  const editor = openSync(path, 'r+');
  const done = await replaceUnchanged(path, 'before', fresh, async () => {
    t.is(readFileSync(path, 'utf8'), 'ours');
    writeSync(editor, 'theirs');
    closeSync(editor);
  });
  t.false(done);
  t.is(readFileSync(path, 'utf8'), 'theirs');
  t.deepEqual(readdirSync(directory), [NAME]);
});

test('A file that somebody put there while it was waited for stays', async (t) => {
  const directory = await temporaryDirectory(t);
  const [path, fresh] = [join(directory, NAME), join(directory, 'fresh')];
  writeFileSync(path, 'before');
  writeFileSync(fresh, 'ours');
  await replaceUnchanged(path, 'before', fresh, async () => {
    writeFileSync(join(directory, 'new'), 'theirs');
    await execa('mv', [join(directory, 'new'), path]);
  });
  t.is(readFileSync(path, 'utf8'), 'theirs');
});

test('Who holds the lock is waited for; one that a killed process has left is not respected for long', async (t) => {
  const directory = await temporaryDirectory(t);
  const [path, fresh] = [join(directory, NAME), join(directory, 'fresh')];
  writeFileSync(path, 'before');
  writeFileSync(fresh, 'ours');
  linkSync(path, join(directory, `.lca-${NAME}.lock`));
  t.false(await replaceUnchanged(path, 'before', fresh, at));
  const { now } = Date;
  try {
    Date.now = () => now() + 11_000;
    t.false(await replaceUnchanged(path, 'before', fresh, at), 'it is removed');
  } finally {
    Date.now = now;
  }
  t.true(await replaceUnchanged(path, 'before', fresh, at));
  t.is(readFileSync(path, 'utf8'), 'ours');
});

test('Of many processes that edit the request at the same time none loses what another has written', async (t) => {
  const directory = await temporaryDirectory(t);
  const child = new URL('../../support/edit-request-child.ts', import.meta.url).pathname;
  const names = ['a', 'b', 'c'];
  await Promise.all(names.map((name) => execa(process.execPath, [child, directory, name, '8'])));
  const text = readFileSync(join(directory, 'var/lib/lca', NAME), 'utf8');
  for (const name of names)
    for (let index = 0; index < 8; index += 1) t.true(text.includes(`example.com/${name}${index}: `), text);
  t.deepEqual(readdirSync(join(directory, 'var/lib/lca')), [NAME]);
});
