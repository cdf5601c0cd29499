import { X509Certificate } from 'node:crypto';
import test from 'ava';
import { PLAIN_CIPHER } from '../../../recert/encryption/plain-cipher.ts';
import { openDatabase } from '../../../recert/open-database.ts';
import { resolveInputs } from '../../../recert/options/inputs.ts';
import { recert } from '../../../recert/recert.ts';
import { readLedger } from '../../../recert/verify/ledger-file.ts';
import { prove } from '../../../recert/verify/prove.ts';
import { dumpCluster, FIXTURE_CONFIG, layOutFixture, takeCensus } from '../../support/recert-cluster.ts';

const cluster = layOutFixture();
test.after.always(() => cluster.remove());

test.serial('A dry run computes everything and writes nothing, anywhere', async (t) => {
  const before = await dumpCluster(cluster);
  const inputs = await resolveInputs({ ...FIXTURE_CONFIG, dry_run: true }, cluster.host);
  const { outcome, ledger } = await recert(inputs, cluster.host);
  t.is(outcome, 'dry-run');
  t.true(ledger.places.length > 400);
  const after = await dumpCluster(cluster);
  t.deepEqual([...after.files], [...before.files]);
  for (const [key, entry] of after.etcd) t.deepEqual(entry, before.etcd.get(key) as never, key);
  t.deepEqual(await cluster.host.list('/var/lib/lca'), []);
});

test.serial(
  'Every certificate, key and token of the cluster is re-issued, and nothing else changes',
  async (t) => {
    const before = await dumpCluster(cluster);
    const inputs = await resolveInputs({ ...FIXTURE_CONFIG }, cluster.host);
    const { outcome, proof, ledger } = await recert(inputs, cluster.host);
    t.is(outcome, 'done');
    t.deepEqual(proof?.faults, []);
    const after = await dumpCluster(cluster);

    const [old, now] = [takeCensus(before), takeCensus(after)];
    const external = new Set(ledger.left.filter(({ fate }) => fate === 'external').map(({ id }) => id));
    t.log('kind            before  after  still there');
    for (const kind of ['certificates', 'privateKeys', 'publicKeys', 'tokens'] as const) {
      const still = [...old[kind]].filter((one) => now[kind].has(one));
      t.log(
        `${kind.padEnd(15)} ${String(old[kind].size).padStart(6)} ${String(now[kind].size).padStart(6)} ${String(still.length).padStart(12)}`,
      );
      t.is(now[kind].size, old[kind].size, `as many ${kind} as before`);
      const expected = kind === 'certificates' ? external.size : 0;
      t.is(still.length, expected, `only external ${kind} stay`);
    }

    const edited = new Set([
      ...ledger.places.map(({ location }) => location.split(' | ')[0]),
      ...ledger.renamed,
    ]);
    for (const [key, { value, lease }] of before.etcd) {
      const current = after.etcd.get(key);
      if (current === undefined) t.true(lease, `${key} went with its lease`);
      else t.is(edited.has(`etcd:${key}`), Buffer.compare(current.value, value) !== 0, key);
    }
    for (const [path, content] of before.files) {
      t.is(edited.has(`file:${path}`), Buffer.compare(after.files.get(path) as Buffer, content) !== 0, path);
    }
    t.deepEqual([...after.files.keys()], [...before.files.keys()]);
  },
);

test.serial(
  'The old and the new kubeconfig trust different authorities and each leaf pairs with its key',
  async (t) => {
    const { files } = await dumpCluster(cluster);
    for (const name of [
      'apiserver',
      'front-proxy-client',
      'etcd/server',
      'etcd/peer',
      'apiserver-etcd-client',
    ]) {
      const pki = '/etc/kubernetes/pki';
      const certificate = new X509Certificate(files.get(`${pki}/${name}.crt`) as Buffer);
      const caName =
        name.startsWith('etcd/') || name.endsWith('etcd-client')
          ? 'etcd/ca'
          : name.startsWith('front')
            ? 'front-proxy-ca'
            : 'ca';
      const ca = new X509Certificate(files.get(`${pki}/${caName}.crt`) as Buffer);
      t.true(certificate.verify(ca.publicKey), `${name} under ${caName}`);
      const { createPrivateKey } = await import('node:crypto');
      t.true(certificate.checkPrivateKey(createPrivateKey(files.get(`${pki}/${name}.key`) as Buffer)), name);
    }
  },
);

test.serial(
  'A later proof from the ledger alone holds, and sees a stale key that was put back',
  async (t) => {
    const { host } = cluster;
    const ledger = await readLedger(host, '/var/lib/lca/recert');
    if (ledger === undefined) return t.fail('the ledger is missing');
    const again = async () => {
      const database = await openDatabase(
        host,
        { dataDir: '/var/lib/etcd' },
        { isDryRun: false, snapshot: undefined },
      );
      try {
        return await prove(ledger, { host, client: database?.client, cipher: PLAIN_CIPHER });
      } finally {
        await database?.close();
      }
    };
    t.deepEqual((await again()).faults, []);
    const pristine = layOutFixture();
    try {
      const old = await pristine.host.readBytes('/etc/kubernetes/pki/sa.key');
      await host.writeAtomic('/etc/kubernetes/pki/sa.key', old as Uint8Array);
    } finally {
      pristine.remove();
    }
    const { faults } = await again();
    t.true(faults.some((fault) => fault.includes('An old key is still at file:/etc/kubernetes/pki/sa.key')));
  },
);
