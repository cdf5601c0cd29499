import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { backUpInWaves } from '../../../bootagent/backup/back-up-in-waves.ts';
import { carryOutRestores } from '../../../bootagent/backup/carry-out-restores.ts';
import { planRestores } from '../../../bootagent/backup/plan-restores.ts';
import { DirectoryStore } from '../../../bootagent/backup/store/directory-store.ts';
import type { RestorePlan } from '../../../core/contract/restore-plan.ts';
import { RealHost } from '../../../core/host/real-host.ts';
import { backUpOptions, contentOf, makeOddTree, NODE, type Pair, portrait } from '../../support/backups.ts';
import { hostKilledAfter, Killed } from '../../support/failing-host.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const run = promisify(execFile);

/** Backs up, and gives the plan for restoring. */
async function backedUp(root: string, ...pairs: readonly Pair[]): Promise<RestorePlan> {
  const content = contentOf(...pairs);
  const made = await backUpInWaves(backUpOptions(join(root, 'store')), content);
  return planRestores(content, made, { request: 'this-request', nodeId: NODE });
}

function restore(root: string, plan: RestorePlan, host: RealHost = new RealHost()): Promise<void> {
  const marks = join(root, 'marks');
  return carryOutRestores({ ...backUpOptions(join(root, 'store'), host), marks }, plan);
}

async function withTree(t: ExecutionContext): Promise<{ root: string; data: string }> {
  const root = await temporaryDirectory(t);
  const data = join(root, 'var/data');
  await makeOddTree(data);
  return { root, data };
}

test('A tree comes back with owners, modes, times, links, holes, attributes and ACLs', async (t) => {
  const { root, data } = await withTree(t);
  await chmod(data, 0o751);
  const before = await portrait(data);
  t.regex(before, /user\.colour="blue"/);
  t.regex(before, /user:1234:rw-/);
  t.regex(before, /holes\nlinked/);
  const plan = await backedUp(root, { name: 'own', paths: [data] });
  await rm(data, { recursive: true });
  await restore(root, plan);
  t.is(await portrait(data), before);
  t.deepEqual(await readdir(join(root, 'var')), ['data'], 'and nothing is left beside it');
});

test('A single file comes back too, and missing directories above it get owner and mode again', async (t) => {
  const root = await temporaryDirectory(t);
  const file = join(root, 'etc/-app/settings');
  await mkdir(join(root, 'etc/-app'), { recursive: true });
  await writeFile(file, 'colour = blue\n', { mode: 0o640 });
  await chmod(join(root, 'etc/-app'), 0o710);
  const content = contentOf({ name: 'settings', paths: [file] });
  const [only] = content.backups;
  if (only === undefined) return t.fail();
  const asFile = {
    ...content,
    backups: [{ ...only, paths: [{ named: file, path: file, type: 'file' as const }] }],
  };
  const made = await backUpInWaves(backUpOptions(join(root, 'store')), asFile);
  await rm(join(root, 'etc'), { recursive: true });
  await restore(root, planRestores(asFile, made, { request: 'r', nodeId: NODE }));
  t.is(await readFile(file, 'utf8'), 'colour = blue\n');
  t.is((await stat(file)).mode & 0o7777, 0o640);
  t.is((await stat(join(root, 'etc/-app'))).mode & 0o7777, 0o710);
  t.deepEqual(await readdir(join(root, 'etc/-app')), ['settings']);
});

test('The store is laid out as Velero’s, closed to others, and can be read with the usual programs alone', async (t) => {
  const { root, data } = await withTree(t);
  await backedUp(root, { name: 'own', paths: [data] });
  const directory = join(root, 'store/backups/own');
  const index = JSON.parse(await readFile(join(directory, 'volumes/index.json'), 'utf8'));
  const [volume] = index.volumes;
  t.like(volume, { kind: 'host-path', path: data, type: 'directory', consistency: 'at-rest' });
  t.deepEqual((await readdir(directory)).toSorted(), [
    'own-csi-volumesnapshotclasses.json.gz',
    'own-csi-volumesnapshotcontents.json.gz',
    'own-csi-volumesnapshots.json.gz',
    'own-itemoperations.json.gz',
    'own-logs.gz',
    'own-podvolumebackups.json.gz',
    'own-resource-list.json.gz',
    'own-results.gz',
    'own-volumeinfo.json.gz',
    'own-volumesnapshots.json.gz',
    'own.sha256',
    'own.tar.gz',
    'velero-backup.json',
    'volumes',
  ]);
  const open = await run('find', [join(root, 'store'), '-perm', '/077']);
  t.is(open.stdout, '');
  const checked = await run('sha256sum', ['--check', '--strict', '--quiet', 'own.sha256'], {
    cwd: directory,
  });
  t.is(checked.stdout, '');
  const listed = await run('tar', ['-tzvf', join(directory, 'own.tar.gz')]);
  t.regex(listed.stdout, /^-rwxr-xr-x 0\/0 +6 .* metadata\/version\n$/);
  t.is((await run('tar', ['-xzOf', join(directory, 'own.tar.gz'), 'metadata/version'])).stdout, '1.1.0\n');
  for (const name of (await readdir(directory)).filter((each) => each.endsWith('.json.gz')))
    t.notThrows(() => JSON.parse(gunzipSync(readFileSync(join(directory, name))).toString()), name);
  const byHand = join(root, 'by-hand');
  await mkdir(byHand);
  await run('bash', [
    '-c',
    'zstd -dc "$1" | tar -b128 --xattrs --xattrs-include="*" --acls --same-owner -xpf - -C "$2"',
    'by-hand',
    join(directory, volume.archive),
    byHand,
  ]);
  await chmod(byHand, (await stat(data)).mode & 0o7777);
  t.is(await portrait(byHand), await portrait(data));
  const stored = JSON.parse(await readFile(join(directory, 'velero-backup.json'), 'utf8'));
  t.like(stored, { kind: 'Backup', apiVersion: 'velero.io/v1' });
  t.like(stored.metadata, { name: 'own', namespace: 'openshift-adp' });
  t.like(stored.metadata.labels, {
    'config.openshift.io/clusterID': NODE,
    'velero.io/storage-location': 'default',
  });
  t.like(stored.status, { version: 1, formatVersion: '1.1.0', phase: 'Completed' });
  const hours = Date.parse(stored.status.expiration) - Date.parse(stored.status.startTimestamp);
  t.is(hours, 720 * 3_600_000);
});

test('Waves go one after another and by name inside, and progress names item and bytes', async (t) => {
  const root = await temporaryDirectory(t);
  const names = ['a', 'b', 'c'];
  for (const name of names) {
    await mkdir(join(root, name));
    await writeFile(join(root, name, 'file'), name);
  }
  const content = contentOf(
    { name: 'a', paths: [join(root, 'a')], restoreWave: 2 },
    { name: 'b', paths: [join(root, 'b')], wave: 5, restoreWave: 1 },
    { name: 'c', paths: [join(root, 'c')], wave: -1, restoreWave: 1 },
  );
  const options = backUpOptions(join(root, 'store'));
  const made = await backUpInWaves(options, content);
  t.deepEqual(Object.keys(made), ['c', 'b', 'a']);
  t.is(options.said[0], `Backup of Application Data is in progress: c (1 of 3), ${join(root, 'c')}`);
  t.regex(options.said[1] ?? '', /c \(1 of 3\), .*\/c, 1 MiB of 1 MiB$/);
  const plan = planRestores(content, made, { request: 'r', nodeId: NODE });
  t.deepEqual(
    plan.waves.map((wave) => wave.map(({ name }) => name)),
    [['b-back', 'c-back'], ['a-back']],
  );
});

test('A Backup that fails is named, ends the waves, and leaves nothing that could pass for a backup', async (t) => {
  const root = await temporaryDirectory(t);
  await mkdir(join(root, 'good'));
  const content = contentOf(
    { name: 'bad', paths: [join(root, 'gone')], wave: 1 },
    { name: 'good', paths: [join(root, 'good')], wave: 1 },
    { name: 'later', paths: [join(root, 'good')], wave: 2 },
  );
  const error = await t.throwsAsync(backUpInWaves(backUpOptions(join(root, 'store')), content));
  t.is(error.message, 'Failed backup CRs: bad');
  t.deepEqual(await readdir(join(root, 'store/backups')), ['bad', 'good'], 'none of the later wave');
  const begun = await readdir(join(root, 'store/backups/bad'));
  t.deepEqual(
    begun.filter((name) => ['velero-backup.json', 'bad.sha256'].includes(name)),
    [],
  );
});

/** What can become of a store, each with what the refusal says. */
const DAMAGES: readonly (readonly [what: string, spoil: (store: string) => Promise<void>, why: RegExp])[] = [
  ['a byte of an archive is another', (store) => flipByte(store), /is not what was stored/],
  [
    'an archive is cut short',
    async (store) => truncate(await archiveOf(store, 'one'), 100),
    /has 100 bytes instead of \d+/,
  ],
  [
    'an archive is gone',
    async (store) => rm(await archiveOf(store, 'one')),
    /volumes\/\S+\.tar\.zst cannot be read/,
  ],
  [
    'two archives have changed places',
    async (store) => {
      const [one, two] = [await archiveOf(store, 'one'), await archiveOf(store, 'two')];
      await rename(one, `${one}.x`);
      await rename(two, one);
      await rename(`${one}.x`, two);
    },
    /is not what was stored|bytes instead of/,
  ],
  [
    'a whole backup has taken another’s place',
    async (store) => {
      await rm(join(store, 'backups/one'), { recursive: true });
      await rename(join(store, 'backups/two'), join(store, 'backups/one'));
    },
    /(one|two)\.sha256 is not there/,
  ],
  [
    'archive and checksums have been replaced together',
    async (store) => {
      const list = join(store, 'backups/one/one.sha256');
      await writeFile(list, `${await readFile(list, 'utf8')}# size 0 x\n${'0'.repeat(64)}  x\n`);
    },
    /is not the one that was written before the pivot/,
  ],
  [
    'the backup itself is missing',
    async (store) => rm(join(store, 'backups/one'), { recursive: true }),
    /one\.sha256 is not there/,
  ],
];

async function archiveOf(store: string, backup: string): Promise<string> {
  const volumes = join(store, 'backups', backup, 'volumes');
  const name = (await readdir(volumes)).find((each) => each.endsWith('.zst'));
  return join(volumes, name ?? 'none');
}

async function flipByte(store: string): Promise<void> {
  const path = await archiveOf(store, 'one');
  const bytes = await readFile(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

for (const [what, spoil, why] of DAMAGES) {
  test(`Refused before anything is touched: ${what}`, async (t) => {
    const root = await temporaryDirectory(t);
    for (const name of ['one', 'two']) {
      await mkdir(join(root, name));
      await writeFile(join(root, name, 'file'), name.repeat(10_000));
    }
    const plan = await backedUp(
      root,
      { name: 'one', paths: [join(root, 'one')], restoreWave: 2 },
      { name: 'two', paths: [join(root, 'two')], restoreWave: 1 },
    );
    for (const name of ['one', 'two']) await rm(join(root, name), { recursive: true });
    await spoil(join(root, 'store'));
    const error = await t.throwsAsync(restore(root, plan));
    t.regex(error.message, /^Failed restore CRs: (two-back,)?one-back$/);
    t.regex((error.cause as Error).message, why);
    t.deepEqual(await readdir(root), ['store'], 'not even the sound one of the earlier wave');
  });
}

test('Another node’s backup is refused', async (t) => {
  const { root, data } = await withTree(t);
  const plan = await backedUp(root, { name: 'own', paths: [data] });
  await rm(data, { recursive: true });
  const error = await t.throwsAsync(restore(root, { ...plan, nodeId: 'another' }));
  t.regex((error.cause as Error).message, /it is the backup of another node/);
  t.deepEqual(await readdir(join(root, 'var')), []);
});

test('A backup of the same name that is not this node’s is neither replaced nor damaged', async (t) => {
  const { root, data } = await withTree(t);
  const resource = join(root, 'store/backups/own/velero-backup.json');
  await mkdir(join(root, 'store/backups/own'), { recursive: true });
  await writeFile(resource, '{"metadata": {"labels": {}}}');
  await t.throwsAsync(backedUp(root, { name: 'own', paths: [data] }), { message: 'Failed backup CRs: own' });
  t.is(readFileSync(resource, 'utf8'), '{"metadata": {"labels": {}}}');
});

test('What is in the way stays, unless the Restore says update; then the backup takes its place', async (t) => {
  const { root, data } = await withTree(t);
  const before = await portrait(data);
  const pair = { name: 'own', paths: [data] };
  const plan = await backedUp(root, pair);
  await rm(data, { recursive: true });
  await mkdir(data);
  await writeFile(join(data, 'of the seed'), 'x');
  const error = await t.throwsAsync(restore(root, plan));
  t.is(error.message, 'Failed restore CRs: own-back');
  t.regex((error.cause as Error).message, /cannot be restored: the new system, made from the seed/);
  t.deepEqual(await readdir(data), ['of the seed']);
  await restore(root, withPolicy(plan, 'update'));
  t.is(await portrait(data), before);
  t.deepEqual(await readdir(join(root, 'var')), ['data']);
});

function withPolicy(plan: RestorePlan, policy: 'update'): RestorePlan {
  return {
    ...plan,
    waves: plan.waves.map((wave) => wave.map((each) => ({ ...each, existingResourcePolicy: policy }))),
  };
}

/** Whether it was the kill: an archive that is cut off by one may say first that it cannot be unpacked. */
function isByKill(error: unknown): boolean {
  return error instanceof Killed || (error instanceof Error && isByKill(error.cause));
}

for (const policy of ['none', 'update'] as const) {
  test(`Killed before any change and begun again, a restore with policy ${policy} comes to the same end`, async (t) => {
    t.timeout(300_000);
    const { root, data } = await withTree(t);
    const before = await portrait(data);
    const plan = await backedUp(root, { name: 'own', paths: [data], policy });
    let killed = 0;
    for (let changes = 0; ; changes += 1) {
      await rm(data, { recursive: true, force: true });
      await rm(join(root, 'marks'), { recursive: true, force: true });
      if (policy === 'update') {
        await mkdir(data);
        await writeFile(join(data, 'of the seed'), 'x');
      }
      const outcome = await restore(root, plan, hostKilledAfter(changes)).then(
        () => 'ended' as const,
        (error: unknown) => error,
      );
      if (outcome === 'ended') break;
      t.true(isByKill(outcome), String((outcome as Error).cause));
      killed += 1;
      await restore(root, plan);
      t.is(await portrait(data), before, `after ${changes} changes`);
      t.deepEqual(await readdir(join(root, 'var')), ['data'], `after ${changes} changes`);
    }
    t.true(killed > 10, `${killed} moments`);
  });
}

test('A backup that was cut off is none, and is made anew as a whole', async (t) => {
  const { root, data } = await withTree(t);
  const content = contentOf({ name: 'own', paths: [data] });
  const store = join(root, 'store');
  for (const changes of [2, 4, 6, 9, 14]) {
    await t.throwsAsync(backUpInWaves(backUpOptions(store, hostKilledAfter(changes)), content));
    const left = await new DirectoryStore(new RealHost(), store).read('backups/own/velero-backup.json');
    t.is(left, undefined, `after ${changes} changes`);
  }
  await backUpInWaves(backUpOptions(store), content);
  const left = await run('find', [store, '-name', '.lca-*']);
  t.is(left.stdout, '');
  await run('sha256sum', ['--check', '--quiet', 'own.sha256'], { cwd: join(store, 'backups/own') });
});
