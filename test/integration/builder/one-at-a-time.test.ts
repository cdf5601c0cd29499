import { rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { createSeed } from '../../../builder/create-seed.ts';
import { restoreSeedNode } from '../../../builder/restore-seed-node.ts';
import { RealHost } from '../../../core/host/real-host.ts';
import { takeLock } from '../../../core/tools/lock.ts';
import { makeSeedNode, seedRequest } from '../../support/seed-node.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const BUSY = {
  code: 'busy',
  message: 'Another lca seed create or lca seed restore is at work on this node.',
};

test('beside a build at work neither a second one nor a restore touches the node; after its death both do', async (t) => {
  const directory = await temporaryDirectory(t);
  const node = await makeSeedNode(directory);
  process.env['PATH'] = `${node.programs}${delimiter}${process.env['PATH']}`;
  await writeFile(join(directory, 'stand-ins/slow'), '30');
  const layout = JSON.stringify(node.layout);
  const child = join(import.meta.dirname, 'create-seed-child.ts');
  const first = execa('node', [child, node.sysroot.path, layout], { reject: false });
  const stopped = '/var/lib/lca/seed-create/stopped.json';
  for (let i = 0; i < 600 && (await node.host.stat(stopped)) === undefined; i += 1) await node.host.sleep(50);
  t.truthy(await node.host.stat(stopped), 'the first is in the midst of it');

  const request = seedRequest({ outputDirectory: '/out/image' });
  const error = await t.throwsAsync(createSeed(node.host, request, { node: node.layout }), BUSY);
  t.regex(String((error as { remedy?: string }).remedy), /Wait until it has ended/);
  await t.throwsAsync(restoreSeedNode(node.host, process.pid), BUSY);
  t.truthy(await node.host.stat(stopped), 'what the first works with is there');
  t.deepEqual(
    (await node.diary()).filter((line) => line.startsWith('start')),
    [],
  );

  first.kill('SIGKILL');
  await first;
  await rm(join(directory, 'stand-ins/slow'));
  await restoreSeedNode(node.host, process.pid);
  t.is(await node.host.stat(stopped), undefined);
  await t.notThrowsAsync(createSeed(node.host, request, { node: node.layout }));
});

test('a lock that is released can be taken again, and one that another holds cannot', async (t) => {
  const host = new RealHost().within(await temporaryDirectory(t));
  for (const _ of [1, 2]) {
    const held = await takeLock(host, '/lock');
    t.truthy(held);
    t.is(await takeLock(host, '/lock'), undefined);
    await held?.release();
  }
});
