import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { S3Store } from '../../../../bootagent/backup/store/s3-store.ts';
import type { S3Access } from '../../../../core/tools/s3/s3-access.ts';
import { S3Client } from '../../../../core/tools/s3/s3-client.ts';
import { S3Error } from '../../../../core/tools/s3/s3-error.ts';
import { type S3Server, startS3Server } from '../../../support/s3-server.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';

const MIB = 1024 * 1024;

async function server(t: ExecutionContext): Promise<S3Server> {
  const s3 = await startS3Server(await temporaryDirectory(t));
  t.teardown(() => s3.stop());
  return s3;
}

function clientOf(access: S3Access, signal = new AbortController().signal): S3Client {
  return new S3Client(access, { sleep: (ms) => delay(ms / 10), signal });
}

const storeOf = (access: S3Access) => new S3Store(clientOf(access), 'cluster/a');
const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('Objects of any size go over TLS into a bucket and come back, are listed by level and removed by prefix', async (t) => {
  const store = storeOf((await server(t)).access);
  const long = randomBytes(20 * MIB);
  await store.put('backups/a/velero-backup.json', '{}');
  await store.put('backups/a/a.tar.gz', Readable.from([long.subarray(0, 100), long.subarray(100)]));
  await store.put('backups/a/empty', Readable.from([]));
  await store.put('backups/ab/velero-backup.json', '{"b": 1}');
  await store.put('backups/a/volumes/x y.tar', 'odd');
  t.is(sum(await buffer(store.get('backups/a/a.tar.gz'))), sum(long));
  t.is((await store.read('backups/a/empty'))?.length, 0);
  t.is(await store.read('backups/none'), undefined);
  t.deepEqual(await store.list('backups'), ['a', 'ab']);
  // this server finds a level only where an object lies directly in it
  await store.put('metadata/revision', '1');
  t.deepEqual(await store.list(''), ['metadata']);
  t.deepEqual(await store.list('backups/a/volumes'), ['x y.tar']);
  await store.remove('backups/a');
  t.deepEqual(await store.list('backups'), ['ab'], 'and nothing whose name only begins alike');
  await store.remove('backups/a');
});

test('A connection that is cut while storing and while reading: only what was lost is sent again', async (t) => {
  const s3 = await server(t);
  const store = storeOf(s3.access);
  const long = randomBytes(20 * MIB);
  s3.cutAfter('up', 11 * MIB);
  await store.put('backups/a/a.tar.gz', Readable.from([long]));
  t.is(s3.cuts.up, 1, 'it was cut');
  s3.cutAfter('down', 7 * MIB);
  t.is(sum(await buffer(store.get('backups/a/a.tar.gz'))), sum(long));
  t.is(s3.cuts.down, 1, 'it was cut');
});

test('An object that is replaced while it is being read is not read as a mixture', async (t) => {
  const s3 = await server(t);
  const store = storeOf(s3.access);
  await store.put('backups/a/a.tar.gz', Readable.from([randomBytes(12 * MIB)]));
  s3.cutAfter('down', 5 * MIB);
  let isReplaced = false;
  const reading = (async () => {
    for await (const _ of store.get('backups/a/a.tar.gz')) {
      if (isReplaced) continue;
      isReplaced = true;
      await store.put('backups/a/a.tar.gz', Readable.from([randomBytes(12 * MIB)]));
    }
  })();
  const error = await t.throwsAsync(reading, { instanceOf: S3Error });
  t.is(error.code, 'changed');
});

test('Wrong credentials, a bucket that is not there, an unknown authority and nobody listening are told apart', async (t) => {
  const { access, endpoint } = await server(t);
  const failure = async (changes: Partial<S3Access>): Promise<S3Error> =>
    t.throwsAsync(clientOf({ ...access, ...changes }).list(''), { instanceOf: S3Error });
  const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'a-secret-mistyped', sessionToken: null };
  const wrong = await failure({ credentials });
  t.is(wrong.code, 'credentials-refused');
  t.is(
    wrong.message,
    `Could not list *: the S3 server at ${endpoint} refuses the credentials of BackupStorageLocation site: SignatureDoesNotMatch.`,
  );
  t.regex(wrong.remedy ?? '', /Secret/);
  t.false(JSON.stringify(wrong).includes('a-secret-mistyped'));
  const unknown = await failure({ credentials: { ...credentials, accessKeyId: 'NOBODY' } });
  t.is(unknown.code, 'credentials-refused');
  t.is((await failure({ bucket: 'no-such-bucket' })).code, 'no-such-bucket');
  const untrusted = await failure({ trusted: [] });
  t.is(untrusted.code, 'not-trusted');
  t.regex(untrusted.remedy ?? '', /caCert/);
  t.is((await failure({ endpoint: 'https://127.0.0.1:1' })).code, 'unreachable');
});

test('An aborted transfer ends with the reason it was aborted for', async (t) => {
  const { access } = await server(t);
  const controller = new AbortController();
  const client = clientOf(access, controller.signal);
  const endless = async function* () {
    for (let at = 0; ; at += 1) {
      if (at === 30) controller.abort(new Error('the user wants something else'));
      yield randomBytes(MIB);
    }
  };
  await t.throwsAsync(client.put('x', endless()), { message: 'the user wants something else' });
});
