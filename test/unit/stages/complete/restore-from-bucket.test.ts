import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { checksumsText } from '../../../../bootagent/backup/checksums.ts';
import { OWNER_LABEL } from '../../../../bootagent/backup/node-id.ts';
import { writeKnownBuckets } from '../../../../bootagent/backup/store/known-buckets.ts';
import { restoreResources } from '../../../../bootagent/stages/complete/steps/restore-resources.ts';
import { RESTORE_PLAN_PATH } from '../../../../core/contract/paths.ts';
import { messageOf } from '../../../../core/errors/lca-error.ts';
import { digestOf } from '../../../../core/seedimage/digest.ts';
import { completingNode } from '../../../support/completing-node.ts';
import { playedAccess } from '../../../support/s3-access.ts';
import { tarBytes } from '../../../support/tar-bytes.ts';

// A bucket that is away for minutes, which a real one cannot be in a test. Restores themselves are shown in test/cluster.
const SETTINGS = '/api/v1/namespaces/default/configmaps/settings';
const ARCHIVE = gzipSync(
  tarBytes([
    {
      name: 'resources/configmaps/namespaces/default/settings.json',
      content: JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings', namespace: 'default' },
        data: { colour: 'blue' },
      }),
    },
  ]),
);
const BACKUP = JSON.stringify({ metadata: { labels: { [OWNER_LABEL]: 'node' } } });
const LIST = checksumsText([
  { name: 'app.tar.gz', size: ARCHIVE.length, digest: digestOf(ARCHIVE) },
  { name: 'velero-backup.json', size: BACKUP.length, digest: digestOf(Buffer.from(BACKUP)) },
]);
const STORED = new Map<string, string | Buffer>([
  ['app.tar.gz', ARCHIVE],
  ['velero-backup.json', BACKUP],
  ['app.sha256', LIST],
]);

/** What the bucket answers instead of an object; nothing at all for `silence`. */
type Trouble = 'silence' | { readonly status: number; readonly code: string } | undefined;

/** A node that is to restore a ConfigMap from a bucket, and the bucket's troubles. */
async function bucketNode(t: ExecutionContext, trouble: (request: string, uptime: number) => Trouble) {
  const node = await completingNode(t);
  const { api, host } = node;
  const begun = host.uptime;
  const server = createServer((request, response) => {
    request.resume();
    const now = trouble(`${request.method} ${request.url}`, host.uptime - begun);
    const stored = STORED.get(request.url?.split('/').at(-1) ?? '');
    if (now === 'silence') request.socket.destroy();
    else if (now !== undefined) response.writeHead(now.status).end(`<Error><Code>${now.code}</Code></Error>`);
    else if (request.method === 'PUT') response.writeHead(200).end();
    else response.writeHead(stored === undefined ? 404 : 200, { etag: '"e"' }).end(stored);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.closeAllConnections());
  t.teardown(() => server.close());
  const access = playedAccess((server.address() as AddressInfo).port);
  await writeKnownBuckets(host, { site: { access, prefix: '', begun: { app: 'app-back' } } });
  const restore = {
    name: 'app-back',
    namespace: 'openshift-adp',
    backupName: 'app',
    existingResourcePolicy: null,
    location: 'site',
    resource: {
      apiVersion: 'velero.io/v1',
      kind: 'Restore',
      metadata: { name: 'app-back' },
      spec: { backupName: 'app' },
    },
    checksums: digestOf(Buffer.from(LIST)),
  };
  const plan = { version: 1, request: 'r', nodeId: 'node', waves: [[restore]] };
  host.file(RESTORE_PLAN_PATH, JSON.stringify(plan));
  const served = { name: 'configmaps', kind: 'ConfigMap', namespaced: true, verbs: ['create', 'get'] };
  const metadata = { name: '-' };
  api.objects.set('/apis', { groups: [], metadata });
  api.objects.set('/api/v1', { resources: [served], metadata });
  api.objects.set('/api/v1/namespaces/default', { apiVersion: 'v1', kind: 'Namespace', metadata });
  return { ...node, restored: () => api.objects.get(SETTINGS)?.['data'] };
}

const causes = (error: unknown): string =>
  error instanceof Error ? `${messageOf(error)} | ${causes(error.cause)}` : '';
const SKEWED = { status: 403, code: 'RequestTimeTooSkewed' };
const REFUSED = { status: 403, code: 'AccessDenied' };

const AWAY: readonly (readonly [what: string, trouble: Trouble])[] = [
  ['nobody answers, since the network is not up', 'silence'],
  ['the server cannot answer', { status: 503, code: 'ServiceUnavailable' }],
  ["the node's clock is not set", SKEWED],
];
for (const [what, trouble] of AWAY) {
  test(`A bucket is waited for after the reboot while ${what}`, async (t) => {
    const { context, restored } = await bucketNode(t, (_, uptime) => (uptime < 300 ? trouble : undefined));
    await restoreResources.apply(context);
    t.deepEqual(restored(), { colour: 'blue' });
    t.true((await restoreResources.check(context)).done);
  });
}

test('A bucket that stays away is told as that after ten minutes, not as a damaged backup', async (t) => {
  const { context, host } = await bucketNode(t, (request) =>
    request.endsWith('app.tar.gz') ? 'silence' : undefined,
  );
  const begun = host.uptime;
  const told = causes(await t.throwsAsync(restoreResources.apply(context)));
  t.regex(told, /^Failed restore CRs: app-back \| Could not read .*app\.tar\.gz: .* cannot be reached/);
  t.false(told.includes('damaged'));
  t.true(host.uptime - begun >= 600 && host.uptime - begun < 660);
});

test('A bucket that refuses is told at once, not as a damaged backup', async (t) => {
  const { context, host } = await bucketNode(t, (request) =>
    request.endsWith('app.tar.gz') ? REFUSED : undefined,
  );
  const begun = host.uptime;
  const told = causes(await t.throwsAsync(restoreResources.apply(context)));
  t.regex(told, /refuses the credentials of BackupStorageLocation site/);
  t.false(told.includes('damaged'));
  t.is(host.uptime, begun);
});

for (const trouble of ['silence', REFUSED] as const) {
  test(`Results that cannot be stored are noted, and what is restored stays: ${JSON.stringify(trouble)}`, async (t) => {
    const { context, host, said, restored } = await bucketNode(t, (request) =>
      request.startsWith('PUT') ? trouble : undefined,
    );
    const begun = host.uptime;
    await restoreResources.apply(context);
    t.deepEqual(restored(), { colour: 'blue' });
    t.true((await restoreResources.check(context)).done);
    t.regex(said.join('\n'), /^The results of Restore app-back could not be stored: Could not store /m);
    t.true(host.uptime - begun < 60, 'nobody waits for them');
  });
}
