import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { chmodSync, chownSync, cpSync, linkSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { startPrivateEtcd } from '../../../core/tools/etcd.ts';
import { type SmallRun, smallRun } from '../../support/small-run.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = (text: unknown): string => Buffer.from(String(text), 'base64').toString();
const PKI = '/etc/kubernetes/pki';
const KUBEADMIN = 'secrets/kube-system/kubeadmin';
const NODE = {
  kind: 'Node',
  apiVersion: 'v1',
  metadata: { name: 'old-node' },
  status: { addresses: [{ type: 'InternalIP', address: '192.0.2.10' }] },
};

function certificate(small: SmallRun, name: string): X509Certificate {
  return new X509Certificate(small.file(`${PKI}/${name}.crt`));
}

/** Certificates and keys of the Secrets are those of the files: checked after each run, whatever its options. */
async function assertCopiesAgree(small: SmallRun): Promise<boolean> {
  const dump = await small.dump();
  return ['ca', 'server'].every((name) => {
    const { data } = small.object(dump, `secrets/kube-system/${name}`);
    const inFile = small.file(`${PKI}/${name}.crt`);
    return (
      inFile.includes(plain(data['tls.crt'])) && small.file(`${PKI}/${name}.key`) === plain(data['tls.key'])
    );
  });
}

test('The kubeadmin hash is replaced, and an empty one deletes the secret', async (t) => {
  const secret = {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { name: 'kubeadmin', namespace: 'kube-system' },
    data: { kubeadmin: base64('$2a$10$old') },
  };
  const small = await smallRun({ objects: { [KUBEADMIN]: secret } });
  t.teardown(() => small.remove());
  const { proof, ledger } = await small.run({ kubeadmin_password_hash: '$2a$10$new' });
  t.deepEqual(proof?.faults, []);
  t.deepEqual(ledger.renamed, [`etcd:/registry/${KUBEADMIN}`]);
  const changed = small.object(await small.dump(), KUBEADMIN);
  t.deepEqual(changed, { ...secret, data: { kubeadmin: base64('$2a$10$new') } } as never);
  await small.run({ kubeadmin_password_hash: '' });
  t.false((await small.dump()).etcd.has(`/registry/${KUBEADMIN}`));
});

test('Forced to expire, every certificate has ended, and extended again it lasts as long as ever', async (t) => {
  const small = await smallRun();
  t.teardown(() => small.remove());
  const lasts = (name: string) => {
    const { validFromDate, validToDate } = certificate(small, name);
    return validToDate.getTime() - validFromDate.getTime();
  };
  const before = lasts('server');
  await small.run({ force_expire: true });
  for (const name of ['ca', 'server'])
    t.true(certificate(small, name).validToDate.getTime() <= Date.now(), name);
  t.is(lasts('server'), before);
  t.true(await assertCopiesAgree(small));
  await small.run({ extend_expiration: true });
  for (const name of ['ca', 'server'])
    t.true(certificate(small, name).validToDate.getTime() > Date.now(), name);
  t.is(lasts('server'), before);
});

test('use-key and use-cert hold in the database as in the files', async (t) => {
  const small = await smallRun();
  t.teardown(() => small.remove());
  const [key, ca] = [small.file(`${PKI}/ca.key`), small.file(`${PKI}/ca.crt`)];
  const server = small.file(`${PKI}/server.key`);
  const { proof } = await small.run({ use_key_rules: [`small-ca:${key}`], use_cert_rules: [ca] });
  t.deepEqual(proof?.faults, []);
  t.is(small.file(`${PKI}/ca.key`), key);
  t.is(small.file(`${PKI}/ca.crt`), ca);
  t.not(small.file(`${PKI}/server.key`), server);
  t.true(certificate(small, 'server').verify(createPublicKey(createPrivateKey(key))));
  t.true(await assertCopiesAgree(small));
});

test('With IP-change-only, keys that no certificate of a changed tree has stay, in the database too', async (t) => {
  const small = await smallRun();
  t.teardown(() => small.remove());
  const [token, server] = [small.file('/etc/kubernetes/token'), small.file(`${PKI}/server.key`)];
  await small.run({ ip_change_only: true, cn_san_replace_rules: ['server.small:server.large'] });
  t.is(small.file('/etc/kubernetes/token'), token);
  t.is(plain(small.object(await small.dump(), 'secrets/kube-system/token-1').data['token']), token);
  t.not(small.file(`${PKI}/server.key`), server);
  t.is(certificate(small, 'server').subjectAltName, 'DNS:server.large');
  t.true(await assertCopiesAgree(small));
});

test('A domain is replaced in names below it, SSH host keys in the same run', async (t) => {
  const files = { '/etc/ssh/ssh_host_ed25519_key': 'old', '/etc/ssh/ssh_host_ed25519_key.pub': 'old' };
  const small = await smallRun({ files });
  t.teardown(() => small.remove());
  const { proof } = await small.run({
    domain_replace_rules: ['small,large.example'],
    regenerate_server_ssh_keys: '/etc/ssh',
  });
  t.deepEqual(proof?.faults, []);
  t.is(certificate(small, 'server').subjectAltName, 'DNS:server.large.example');
  t.regex(small.file('/etc/ssh/ssh_host_ed25519_key.pub'), /^ssh-ed25519 /);
  t.true(await assertCopiesAgree(small));
});

test('Postprocessing only, the node and its etcd member are renamed and no crypto is touched', async (t) => {
  const small = await smallRun({ objects: { 'minions/old-node': NODE } });
  t.teardown(() => small.remove());
  const [ca, server] = [small.file(`${PKI}/ca.key`), small.file(`${PKI}/server.crt`)];
  const peers = async (change?: readonly string[]) => {
    const etcd = await startPrivateEtcd(small.host, { dataDir: '/var/lib/etcd' });
    const [member] = await etcd.client.members();
    if (change !== undefined) await etcd.client.updateMember(member?.id ?? '', change);
    await etcd.stop();
    return member?.peerUrls;
  };
  await peers(['https://192.0.2.10:2380']);
  const { ledger } = await small.run({ postprocess_only: true, hostname: 'new-node', ip: '198.51.100.7' });
  t.deepEqual([ledger.keys.length, ledger.places.length], [0, 0]);
  t.is(small.file(`${PKI}/ca.key`), ca);
  t.is(small.file(`${PKI}/server.crt`), server);
  const dump = await small.dump();
  t.false(dump.etcd.has('/registry/minions/old-node'));
  t.deepEqual(small.object(dump, 'minions/new-node')['status'], {
    addresses: [{ type: 'InternalIP', address: '198.51.100.7' }],
  });
  t.deepEqual(await peers(), ['https://198.51.100.7:2380']);
});

test('A data directory is made from a snapshot, and defragmented when asked', async (t) => {
  const filler = Object.fromEntries(
    Array.from({ length: 400 }, (_, index) => [
      `configmaps/default/filler-${index}`,
      Buffer.alloc(8000, 'x'),
    ]),
  );
  const small = await smallRun({ objects: filler });
  t.teardown(() => small.remove());
  const database = join(small.root, 'var/lib/etcd/member/snap/db');
  cpSync(database, join(small.root, 'snapshot.db'));
  rmSync(join(small.root, 'var/lib/etcd'), { recursive: true });
  const other = small.copy();
  t.teardown(() => other.remove());
  t.is((await small.run({ etcd_snapshot: '/snapshot.db' })).outcome, 'done');
  t.true(await assertCopiesAgree(small));
  await other.run({ etcd_snapshot: '/snapshot.db', etcd_defrag: true });
  const sizes = [small, other].map(({ root }) => statSync(join(root, 'var/lib/etcd/member/snap/db')).size);
  t.true((sizes[1] as number) < (sizes[0] as number), sizes.join(' → '));
});

test('A replaced file keeps its owner, mode, extended attributes and access list; the stage is overwritten', async (t) => {
  const small = await smallRun();
  t.teardown(() => small.remove());
  const path = join(small.root, PKI, 'server.key');
  const before = readFileSync(path, 'utf8');
  chownSync(path, 7, 8);
  chmodSync(path, 0o640);
  execFileSync('setfattr', ['--name', 'user.note', '--value', 'kept', path]);
  execFileSync('setfacl', ['--modify', 'user:9:r', path]);
  const acl = (): string =>
    execFileSync('getfacl', ['--omit-header', '--absolute-names', path], { encoding: 'utf8' });
  const [access, { mode }] = [acl(), statSync(path)];
  const [stage, linked] = [join(small.root, 'var/lib/lca/recert/stage.bin'), join(small.root, 'linked')];
  let staged = Buffer.alloc(0);
  await small.run(
    {},
    {
      onWrite: (what) => {
        if (what !== 'ledger') return;
        staged = readFileSync(stage);
        linkSync(stage, linked);
      },
    },
  );
  t.not(readFileSync(path, 'utf8'), before);
  const now = statSync(path);
  t.deepEqual([now.uid, now.gid, now.mode], [7, 8, mode]);
  t.is(
    execFileSync('getfattr', ['--only-values', '--name', 'user.note', path], { encoding: 'utf8' }),
    'kept',
  );
  t.is(acl(), access);
  t.true(staged.includes('PRIVATE KEY'), 'the stage held keys');
  t.false(readFileSync(linked).includes('KEY'), 'and what it lay in holds them no more');
});
