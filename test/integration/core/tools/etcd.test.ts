import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { RealHost } from '../../../../core/host/real-host.ts';
import { etcdImageOf, restoreSnapshot, startPrivateEtcd } from '../../../../core/tools/etcd.ts';
import { EtcdClient } from '../../../../core/tools/etcd-client.ts';
import { EtcdError } from '../../../../core/tools/etcd-error.ts';

const SNAPSHOT = new URL('../../../fixtures/cluster-1.32/etcd-snapshot.db', import.meta.url).pathname;
const host = new RealHost();
const root = mkdtempSync(join(tmpdir(), 'lca-etcd-'));
const dataDir = join(root, 'data');
test.after.always(() => rmSync(root, { recursive: true, force: true }));

test.serial(
  'A private etcd over a restored snapshot is read in pages, each key once and in order',
  async (t) => {
    await restoreSnapshot(host, SNAPSHOT, dataDir);
    const etcd = await startPrivateEtcd(host, { dataDir });
    try {
      const keys: string[] = [];
      for await (const page of etcd.client.range('', { pageSize: 50 }))
        keys.push(...page.map(({ key }) => key));
      t.is(keys.length, (await etcd.client.survey()).keys);
      t.deepEqual(keys, [...new Set(keys)].toSorted());
      t.deepEqual(
        await etcd.client.keys('/openshift.io/'),
        keys.filter((key) => key.startsWith('/openshift.io/')),
      );
      const first = ['/openshift.io/', '/kubernetes.io/secrets/'];
      const early = keys.filter((key) => first.some((prefix) => key.startsWith(prefix)));
      const inTurn: string[] = [];
      for await (const page of etcd.client.range('', { pageSize: 50, first }))
        inTurn.push(...page.map(({ key }) => key));
      t.deepEqual(inTurn, [...early, ...keys.filter((key) => !early.includes(key))]);
      t.true(early.length > 0);
      const keyFrom = async (text: string) => (await etcd.client.keyFrom(Buffer.from(text)))?.toString();
      t.is(await keyFrom(''), keys[0]);
      t.is(await keyFrom(`${keys[0]}\0`), keys[1]);
      t.is(await keyFrom(`${keys.at(-1)}\0`), undefined);
      t.is((await etcd.client.members()).length, 1);
    } finally {
      await etcd.stop();
    }
  },
);

test.serial('A transaction makes all of its changes or none', async (t) => {
  const etcd = await startPrivateEtcd(host, { dataDir });
  try {
    const { client } = etcd;
    const put = Buffer.from([0, 255, 1]);
    t.true(await client.transact([{ key: '/new', ifModRevision: 0, put }]));
    const made = await client.get('/new');
    t.deepEqual(Buffer.from(made?.value as Uint8Array), put);
    t.false(
      await client.transact([
        { key: '/other', ifModRevision: 0, put },
        { key: '/new', ifModRevision: 1, put },
      ]),
    );
    t.is(await client.get('/other'), undefined);
    t.true(
      await client.transact([{ key: '/new', ifModRevision: made?.modRevision as number, remove: true }]),
    );
    t.is(await client.get('/new'), undefined);
    const before = await client.hash();
    await client.defragment();
    t.is(await client.hash(), before);
  } finally {
    await etcd.stop();
  }
});

test.serial(
  'A data directory in use, one without data, and an endpoint nobody answers at are told apart',
  async (t) => {
    const etcd = await startPrivateEtcd(host, { dataDir });
    const inUse = await t.throwsAsync(startPrivateEtcd(host, { dataDir }), { instanceOf: EtcdError });
    await etcd.stop();
    t.is(inUse?.code, 'in-use');
    const empty = await t.throwsAsync(startPrivateEtcd(host, { dataDir: root }), { instanceOf: EtcdError });
    t.is(empty?.code, 'no-data');
    const client = new EtcdClient(etcd.endpoint);
    const silent = await t.throwsAsync(client.status(1000), { instanceOf: EtcdError });
    client.close();
    t.is(silent?.code, 'unreachable');
  },
);

test('The etcd image is the one of the static pod', (t) => {
  const manifest = {
    spec: {
      containers: [
        { name: 'etcdctl', image: 'a' },
        { name: 'etcd', image: 'quay.io/etcd@sha256:1' },
      ],
    },
  };
  t.is(etcdImageOf(manifest), 'quay.io/etcd@sha256:1');
  t.is(etcdImageOf({}), undefined);
});

for (const [what, answer] of [
  ['shows its manual', 'echo "NAME: snapshot - Manages etcd node snapshots"'],
  ['refuses the command', 'echo "Error: unknown command \\"restore\\"" >&2; exit 1'],
] as const) {
  test.serial(`A snapshot is restored by etcdutl where etcdctl ${what}, as from etcd 3.6 on`, async (t) => {
    const { PATH: path } = process.env;
    const programs = join(root, what.replaceAll(' ', '-'));
    const real = execFileSync('which', ['etcdctl'], { encoding: 'utf8' }).trim();
    const program = (name: string, script: string) =>
      writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    mkdirSync(programs);
    program('etcdctl', answer);
    process.env['PATH'] = `${programs}:${path}`;
    t.teardown(() => {
      process.env['PATH'] = path;
    });
    const made = join(programs, 'data');
    await t.throwsAsync(restoreSnapshot(host, SNAPSHOT, made), {
      instanceOf: EtcdError,
      code: 'not-restored',
    });
    t.false(existsSync(made));
    program('etcdutl', `exec ${real} "$@"`);
    await restoreSnapshot(host, SNAPSHOT, made);
    t.true(existsSync(join(made, 'member/snap/db')));
  });
}
