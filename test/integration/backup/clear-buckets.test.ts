import test from 'ava';
import { beginInWaves } from '../../../bootagent/backup/back-up-in-waves.ts';
import type { ResourceSource } from '../../../bootagent/backup/begin-backup.ts';
import { nodeId } from '../../../bootagent/backup/node-id.ts';
import { openBucket } from '../../../bootagent/backup/store/bucket-store.ts';
import { noteBegun } from '../../../bootagent/backup/store/buckets-of-content.ts';
import { clearBuckets } from '../../../bootagent/backup/store/clear-buckets.ts';
import { readKnownBuckets, writeKnownBuckets } from '../../../bootagent/backup/store/known-buckets.ts';
import { contentOf } from '../../support/backups.ts';
import { RecordingHost } from '../../support/recording-host.ts';
import { startS3Server } from '../../support/s3-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const NOTHING: ResourceSource = { server: null, errors: [], items: (async function* () {})() };

test('The way to Idle removes from a bucket what was begun there, and nothing that was there before', async (t) => {
  const s3 = await startS3Server(await temporaryDirectory(t));
  t.teardown(() => s3.stop());
  const host = new RecordingHost().file('/etc/machine-id', `${'0123456789abcdef'.repeat(2)}\n`);
  const { signal } = new AbortController();
  const store = await openBucket(host, s3.access, 'velero', signal);
  // what a plain Velero leaves: it labels nothing with a cluster's id
  await store.put('backups/app/app.tar.gz', 'theirs');
  await store.put('backups/app/velero-backup.json', '{"metadata": {"labels": {}}}');
  await store.put('restores/app-back/restore-app-back-results.gz', 'theirs');
  // another's that is being stored, under the name of a Backup of a wave that is never reached
  await store.put('backups/later/later.tar.gz', 'theirs');
  await writeKnownBuckets(host, { site: { access: s3.access, prefix: 'velero', begun: {} } });

  const pairs = ['app', 'cut-off'].map((name) => ({ name, paths: [], wave: 1 }));
  const read = contentOf(...pairs, { name: 'later', paths: [] });
  const content = { ...read, backups: read.backups.map((each) => ({ ...each, location: 'site' })) };
  const options = {
    host,
    storeAt: async () => store,
    nodeId: await nodeId(host),
    report: async () => undefined,
    signal,
    noteBegun: (name: string) => noteBegun(host, content, name),
  };
  const refused = await t.throwsAsync(
    beginInWaves(options, content, () => NOTHING),
    { message: 'Failed backup CRs: app' },
  );
  t.regex((refused.cause as Error).message, /already exists in .*, and it is another node's/);
  t.true((await store.list('backups/cut-off')).length > 0, 'the other one of the wave was begun');
  t.deepEqual((await readKnownBuckets(host))['site']?.begun, { 'cut-off': 'cut-off-back' });

  await store.put('restores/cut-off-back/restore-cut-off-back-results.gz', 'ours');
  await clearBuckets(host, async () => undefined, signal);
  t.deepEqual(await store.list('backups/app'), ['app.tar.gz', 'velero-backup.json']);
  t.deepEqual(await store.list('backups/later'), ['later.tar.gz']);
  t.deepEqual(await store.list('restores/app-back'), ['restore-app-back-results.gz']);
  t.deepEqual(await store.list('backups/cut-off'), []);
  t.deepEqual(await store.list('restores/cut-off-back'), []);
  t.deepEqual(await readKnownBuckets(host), {});
});

test('A backup that was begun and is another’s by now is left, with its restore', async (t) => {
  const s3 = await startS3Server(await temporaryDirectory(t));
  t.teardown(() => s3.stop());
  const host = new RecordingHost().file('/etc/machine-id', `${'0123456789abcdef'.repeat(2)}\n`);
  const { signal } = new AbortController();
  const store = await openBucket(host, s3.access, 'velero', signal);
  const resource = (owner: string) =>
    JSON.stringify({ metadata: { labels: { 'config.openshift.io/clusterID': owner } } });
  await store.put('backups/theirs/velero-backup.json', resource('another'));
  await store.put('backups/own/velero-backup.json', resource(await nodeId(host)));
  await store.put('restores/theirs-back/restore-theirs-back-results.gz', 'theirs');
  const begun = { theirs: 'theirs-back', own: 'own-back' };
  await writeKnownBuckets(host, { site: { access: s3.access, prefix: 'velero', begun } });
  const said: string[] = [];
  await clearBuckets(host, async (text) => void said.push(text), signal);
  t.deepEqual(await store.list('backups'), ['theirs']);
  t.deepEqual(await store.list('restores/theirs-back'), ['restore-theirs-back-results.gz']);
  t.regex(said[0] ?? '', /^leaving backup theirs in .*: it is another node's$/);
});
