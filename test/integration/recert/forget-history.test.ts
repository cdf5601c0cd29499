import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { RealHost } from '../../../core/host/real-host.ts';
import { startPrivateEtcd } from '../../../core/tools/etcd.ts';
import { PLAIN_CIPHER } from '../../../recert/encryption/plain-cipher.ts';
import type { RecertConfig } from '../../../recert/options/config.ts';
import { resolveInputs } from '../../../recert/options/inputs.ts';
import { recert } from '../../../recert/recert.ts';
import { readLedger } from '../../../recert/verify/ledger-file.ts';
import { prove } from '../../../recert/verify/prove.ts';
import { dumpEtcd } from '../../support/recert-cluster.ts';
import { layOutSmall, SMALL_CONFIG, smallCluster } from '../../support/small-cluster.ts';

const FORMER = 'the-seed';
const FORMER_IP = '192.0.2.21';
const FORMER_ID = 'ebony-and-ivory';
const OWNER = 12_345;

const object = (kind: string, apiVersion: string, metadata: object, more: object) =>
  JSON.stringify({ kind, apiVersion, metadata, ...more });

/** A small cluster of a node that is called otherwise, whose etcd member is too, and with a past. */
async function formerCluster(): Promise<string> {
  const { files, objects } = smallCluster();
  const root = await layOutSmall({
    files,
    objects: {
      ...objects,
      [`/registry/minions/${FORMER}`]: object(
        'Node',
        'v1',
        { name: FORMER },
        {
          status: { addresses: [{ type: 'InternalIP', address: FORMER_IP }] },
        },
      ),
      [`/registry/events/default/${FORMER}.1`]: object('Event', 'v1', { name: `${FORMER}.1` }, {}),
      '/registry/leases/kube-system/kube-scheduler': object(
        'Lease',
        'coordination.k8s.io/v1',
        { name: 'kube-scheduler', namespace: 'kube-system' },
        { spec: { holderIdentity: `${FORMER}_9f81339a-3cc3-43ad-ad0d-cc5481d7baf7` } },
      ),
      '/registry/leases/kube-system/other': object(
        'Lease',
        'coordination.k8s.io/v1',
        { name: 'other', namespace: 'kube-system' },
        { spec: { holderIdentity: 'a-pod_35114a85' } },
      ),
      '/registry/configmaps/default/of-the-past': FORMER_ID,
    },
  });
  const dataDir = join(root, 'var/lib/etcd');
  const named = join(root, 'named');
  const url = `https://${FORMER_IP}:2380`;
  const identity = [
    '--name',
    FORMER,
    '--initial-cluster',
    `${FORMER}=${url}`,
    '--initial-advertise-peer-urls',
    url,
  ];
  execFileSync(
    'etcdctl',
    [
      'snapshot',
      'restore',
      join(dataDir, 'member/snap/db'),
      '--skip-hash-check',
      '--data-dir',
      named,
      ...identity,
    ],
    { env: { ...process.env, ETCDCTL_API: '3' }, stdio: 'ignore' },
  );
  rmSync(join(dataDir, 'member'), { recursive: true });
  renameSync(join(named, 'member'), join(dataDir, 'member'));
  const host = new RealHost().within(root);
  const { client, stop } = await startPrivateEtcd(host, { dataDir: '/var/lib/etcd' });
  const [member] = await client.members();
  await client.updateMember(member?.id ?? '', [url]);
  const past = (await client.get('/registry/configmaps/default/of-the-past'))?.modRevision ?? 0;
  await client.transact([
    { key: '/registry/configmaps/default/of-the-past', ifModRevision: past, put: Buffer.from('nothing') },
  ]);
  await stop();
  execFileSync('chown', ['--recursive', `${OWNER}:${OWNER}`, join(dataDir, 'member')]);
  return root;
}

/** Files below a directory whose bytes hold a text, in any encoding that keeps its letters. */
function holding(directory: string, text: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(directory, name);
    return lstatSync(path).isFile() && readFileSync(path).includes(text);
  });
}

const CONFIG: RecertConfig = {
  ...SMALL_CONFIG,
  hostname: 'the-target',
  ip: ['192.0.2.22'],
  extend_expiration: true,
};

async function run(root: string, config: RecertConfig): Promise<void> {
  const host = new RealHost().within(root);
  await recert(await resolveInputs(config, host), host);
}

test('With etcd_forget_history nothing on disk tells what the node was called or what its keys held', async (t) => {
  t.timeout(120_000);
  const root = await formerCluster();
  t.teardown(() => rmSync(root, { recursive: true }));
  const database = join(root, 'var/lib/etcd');
  const state = join(root, 'var/lib/lca');
  for (const word of [FORMER, FORMER_IP, FORMER_ID])
    t.not(holding(database, word).length, 0, `${word} is there to be forgotten`);

  // as a seed's builder does, and as the boot agent does
  await run(root, { ...SMALL_CONFIG, run_id: 'seed', force_expire: true, etcd_forget_history: true });
  t.deepEqual(holding(database, FORMER_ID), []);
  t.not(holding(database, FORMER_IP).length, 0, 'it is still the same node');
  await run(root, { ...CONFIG, etcd_forget_history: true });
  for (const word of [FORMER, FORMER_IP, FORMER_ID]) {
    t.deepEqual(holding(database, word), [], word);
    t.deepEqual(holding(state, word), [], `${word} in lca's own records`);
  }
  t.deepEqual(readdirSync(database), ['member'], 'nothing is left beside it');
  const owners = ['', ...readdirSync(join(database, 'member'), { recursive: true, encoding: 'utf8' })].map(
    (name) => lstatSync(join(database, 'member', name)).uid,
  );
  t.deepEqual([...new Set(owners)], [OWNER], 'it belongs to whom it did');

  const host = new RealHost().within(root);
  const etcd = await startPrivateEtcd(host, { dataDir: '/var/lib/etcd' });
  t.teardown(() => etcd.stop());
  const objects = dumpEtcd(etcd.endpoint);
  t.true(objects.has('/registry/minions/the-target'));
  t.false(objects.has(`/registry/minions/${FORMER}`));
  t.true(objects.has('/registry/leases/kube-system/other'), 'who leads elsewhere still does');
  t.is(objects.get('/registry/configmaps/default/of-the-past')?.value.toString(), 'nothing');
  const [member] = await etcd.client.members();
  t.deepEqual(member?.peerUrls, ['https://192.0.2.22:2380']);
  const ledger = await readLedger(host, '/var/lib/lca/recert');
  if (ledger === undefined) return t.fail();
  const proof = await prove(ledger, { host, client: etcd.client, cipher: PLAIN_CIPHER });
  t.deepEqual(proof.faults, [], 'what is kept of the ledger still proves it');
  t.true(proof.checked.places > 0);
});

test('Without it the past is kept, in files that belong to whom they did', async (t) => {
  t.timeout(120_000);
  const root = await formerCluster();
  t.teardown(() => rmSync(root, { recursive: true }));
  await run(root, CONFIG);
  const member = join(root, 'var/lib/etcd/member');
  t.not(holding(member, FORMER_ID).length, 0);
  const owners = readdirSync(member, { recursive: true, encoding: 'utf8' }).map(
    (name) => lstatSync(join(member, name)).uid,
  );
  t.deepEqual([...new Set(owners)], [OWNER]);
});
