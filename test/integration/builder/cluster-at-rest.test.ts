import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { reissueCrypto } from '../../../bootagent/boot/steps/reissue-crypto.ts';
import { areOriginalsKept, putOriginalsBack, stateOfOriginals } from '../../../builder/kept-originals.ts';
import type { SeedContext } from '../../../builder/seed-context.ts';
import { expireCrypto } from '../../../builder/steps/expire-crypto.ts';
import { keepCrypto } from '../../../builder/steps/keep-crypto.ts';
import { NO_RECONFIGURATION } from '../../../core/contract/seed-reconfiguration.ts';
import { kubernetesPlatform } from '../../../core/platform/kubernetes/kubernetes.ts';
import { kubernetesMachine } from '../../support/kubernetes-machine.ts';
import { dumpCluster, layOutFixture, takeCensus } from '../../support/recert-cluster.ts';

const SEED = { name: 'seed-node', address: '192.168.126.10' };
const TARGET = { name: 'target-node', address: '198.51.100.7' };
const PKI = 'etc/kubernetes/pki';
const CLUSTER_ID = '11111111-2222-4333-8444-555555555555';

const cluster = layOutFixture();
const newRoot = mkdtempSync(join(tmpdir(), 'lca-reborn-'));
test.after.always(() => {
  cluster.remove();
  rmSync(newRoot, { recursive: true, force: true });
});
const host = kubernetesMachine(cluster.root, SEED);
const at = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');

/** Whether raw bytes of a private key's PEM are anywhere below a directory: in files, databases and logs. */
function isAnywhere(root: string, pem: string): boolean {
  const lines = pem.split('\n').filter((line) => /^[A-Za-z0-9+/]{64}$/.test(line));
  const patterns = lines.flatMap((line) => ['-e', line]);
  try {
    execFileSync('grep', ['--recursive', '--quiet', '--text', '--fixed-strings', ...patterns, root]);
    return true;
  } catch {
    return false;
  }
}

test.serial('a cluster made by kubeadm is recognised and described by its files', async (t) => {
  t.true(await kubernetesPlatform.detect(host));
  t.deepEqual(await kubernetesPlatform.cluster?.readFacts(host), {
    version: '1.32.13',
    clusterName: 'seed',
    domain: 'cluster.local',
    nodeName: SEED.name,
    nodeIps: [SEED.address],
    serviceNetworks: ['172.30.0.0/16'],
    clusterNetworks: ['10.128.0.0/14'],
    machineNetworks: ['192.168.126.0/24'],
    proxy: undefined,
    hasFips: false,
    hasOwnTrust: false,
  });
  t.deepEqual(await kubernetesPlatform.cluster?.readRetainedSigners(host), [
    {
      roles: ['server', 'clients'],
      commonName: 'kubernetes',
      certificatePath: `/${PKI}/ca.crt`,
      keyPath: `/${PKI}/ca.key`,
    },
  ]);
});

test.serial(
  'what goes into the image has none of the keys, and the node gets back exactly what it had',
  async (t) => {
    const before = await dumpCluster(cluster);
    const caKey = at(cluster.root, `${PKI}/ca.key`);
    const context = { host, findings: {} } as unknown as SeedContext;
    await keepCrypto.apply(context);
    t.true(await areOriginalsKept(host));
    t.is(await stateOfOriginals(host), 'unneeded', 'nothing has been changed yet');
    await expireCrypto.apply(context);
    cpSync(cluster.root, newRoot, { recursive: true });
    rmSync(join(newRoot, 'var/lib/lca'), { recursive: true });

    const image = await dumpCluster({ ...cluster, root: newRoot, host: kubernetesMachine(newRoot, SEED) });
    const [old, now] = [takeCensus(before), takeCensus(image)];
    t.deepEqual(
      [...old.privateKeys].filter((key) => now.privateKeys.has(key)),
      [],
    );
    t.deepEqual(
      [...old.tokens].filter((token) => now.tokens.has(token)),
      [],
    );
    t.true(isAnywhere(cluster.root, caKey), 'the search finds what is there');
    t.false(isAnywhere(newRoot, caKey), 'and nothing in the database, its log or any file of the image');
    const { validTo } = new X509Certificate(at(newRoot, `${PKI}/apiserver.crt`));
    t.true(Date.parse(validTo) <= Date.now());

    t.is(await stateOfOriginals(host), 'due', 'recert has told that it changes things');
    await putOriginalsBack(host);
    t.is(await stateOfOriginals(host), 'database-back');
    const after = await dumpCluster(cluster);
    t.deepEqual([...after.files.keys()], [...before.files.keys()]);
    for (const [path, content] of before.files) t.deepEqual(after.files.get(path), content, path);
    for (const [key, { value }] of before.etcd) t.deepEqual(after.etcd.get(key)?.value, value, key);
    t.is(statSync(join(cluster.root, `${PKI}/ca.key`)).mode & 0o777, 0o600);
  },
);

test.serial("the image becomes the target's cluster: its names, its authority, its id", async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'lca-ca-'));
  t.teardown(() => rmSync(scratch, { recursive: true, force: true }));
  const openssl = (...argv: readonly string[]): void => {
    execFileSync('openssl', argv, { cwd: scratch, stdio: 'ignore' });
  };
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=kubernetes',
    '-days',
    '9',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  );
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/O=system:masters/CN=admin',
    '-keyout',
    'admin.key',
    '-out',
    'admin.csr',
  );
  openssl(
    'x509',
    '-req',
    '-in',
    'admin.csr',
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '9',
    '-out',
    'admin.crt',
  );
  const site = {
    ...NO_RECONFIGURATION,
    hostname: TARGET.name,
    node_ips: [TARGET.address],
    cluster_id: CLUSTER_ID,
    lca: {
      ...NO_RECONFIGURATION.lca,
      cluster: {
        signers: [
          {
            roles: ['server', 'clients'] as const,
            common_name: 'kubernetes',
            certificate: at(scratch, 'ca.crt'),
            private_key: at(scratch, 'ca.key'),
          },
        ],
      },
    },
  };
  const boot = {
    host: kubernetesMachine(newRoot, TARGET),
    site,
    attempt: 'attempt-1',
    report: async () => undefined,
    signal: new AbortController().signal,
  };
  t.false((await reissueCrypto.check(boot)).done);
  await reissueCrypto.apply(boot);
  t.true((await reissueCrypto.check(boot)).done);

  const authority = new X509Certificate(at(scratch, 'ca.crt'));
  t.is(new X509Certificate(at(newRoot, `${PKI}/ca.crt`)).fingerprint256, authority.fingerprint256);
  const serving = new X509Certificate(at(newRoot, `${PKI}/apiserver.crt`));
  t.true(serving.verify(authority.publicKey), "an old kubeconfig's authority vouches for the new API server");
  t.true(serving.subjectAltName?.includes(TARGET.address));
  t.true(serving.subjectAltName?.includes(TARGET.name));
  t.false(serving.subjectAltName?.includes(SEED.address));
  t.true(Date.parse(serving.validTo) > Date.now());
  t.true(
    new X509Certificate(at(scratch, 'admin.crt')).verify(
      new X509Certificate(at(newRoot, `${PKI}/ca.crt`)).publicKey,
    ),
  );
  t.true(at(newRoot, 'etc/kubernetes/manifests/etcd.yaml').includes(`--name=${TARGET.name}`));
  const { etcd } = await dumpCluster({ ...cluster, root: newRoot, host: boot.host });
  const nodes = [...etcd.keys()].filter((key) => key.includes('/minions/'));
  t.deepEqual(nodes, [`/kubernetes.io/minions/${TARGET.name}`]);
  t.true(etcd.get('/kubernetes.io/namespaces/kube-system')?.value.includes(CLUSTER_ID));

  await reissueCrypto.apply(boot);
  t.is(
    new X509Certificate(at(newRoot, `${PKI}/apiserver.crt`)).fingerprint256,
    serving.fingerprint256,
    'once is enough',
  );
});
