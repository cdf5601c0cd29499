import { spawn } from 'node:child_process';
import { sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EtcdClient } from '../../core/tools/etcd-client.ts';
import { encodePem } from '../../recert/codec/pem/index.ts';
import type { RecertConfig } from '../../recert/options/config.ts';
import { makeCertificate, testKey } from './certificate-maker.ts';

export const SMALL_CONFIG: RecertConfig = {
  data_dir: '/var/lib/etcd',
  crypto_dirs: ['/etc/kubernetes'],
  run_id: 'small',
};

/** Files and etcd objects by path and key. */
export interface SmallCluster {
  readonly files: Readonly<Record<string, string>>;
  readonly objects: Readonly<Record<string, string | Uint8Array>>;
}

/** A cluster of few, quick keys: an authority, a server, a client, token keys, and copies of them in etcd. */
export function smallCluster(): SmallCluster {
  const ca = testKey('p256', 300);
  const server = testKey('p256', 301);
  const tokens = testKey('p256', 302);
  const leaf = (subject: string, key: typeof ca, issuer = 'small-ca') =>
    encodePem(
      'CERTIFICATE',
      makeCertificate({
        subject,
        issuer,
        key: key.publicKey,
        signer: ca.privateKey,
        signerPublic: ca.publicKey,
        identifiers: 'sha1',
        dnsNames: [subject],
      }),
    );
  const privatePem = (key: typeof ca) => key.privateKey.export({ type: 'sec1', format: 'pem' });
  const input = `${base64url({ alg: 'ES256' })}.${base64url({ sub: 'system:serviceaccount:kube-system:x' })}`;
  const signature = sign('sha256', Buffer.from(input), { key: tokens.privateKey, dsaEncoding: 'ieee-p1363' });
  const token = `${input}.${signature.toString('base64url')}`;
  const caPem = leaf('small-ca', ca);
  const serverPem = leaf('server.small', server);
  const secret = (name: string, data: Readonly<Record<string, string>>) => [
    `/registry/secrets/kube-system/${name}`,
    `${JSON.stringify({
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name, namespace: 'kube-system' },
      data: Object.fromEntries(
        Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
      ),
    })}\n`,
  ];
  return {
    files: {
      '/etc/kubernetes/pki/ca.crt': caPem,
      '/etc/kubernetes/pki/ca.key': privatePem(ca),
      '/etc/kubernetes/pki/server.crt': `# the server\n${serverPem}${caPem}`,
      '/etc/kubernetes/pki/server.key': privatePem(server),
      '/etc/kubernetes/pki/sa.key': privatePem(tokens),
      '/etc/kubernetes/pki/sa.pub': tokens.publicKey.export({ type: 'spki', format: 'pem' }),
      '/etc/kubernetes/token': token,
    },
    objects: Object.fromEntries([
      secret('ca', { 'tls.crt': caPem, 'tls.key': privatePem(ca) }),
      secret('server', { 'tls.crt': serverPem, 'tls.key': privatePem(server) }),
      secret('token-1', { token, 'ca.crt': caPem }),
      secret('token-2', { token, 'ca.crt': caPem }),
      ['/registry/ranges/serviceips', 'no crypto here'],
    ]),
  };
}

/** Lays a small cluster out below a new temporary directory; answers the directory. */
export async function layOutSmall(cluster: SmallCluster): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'lca-small-'));
  for (const [path, text] of Object.entries(cluster.files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode: 0o600 });
  }
  await fillEtcd(join(root, 'var/lib/etcd'), cluster.objects);
  return root;
}

/** A new etcd data directory with these values. */
export async function fillEtcd(
  dataDir: string,
  objects: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const port = 20_000 + (process.pid % 10_000) * 2 + Math.floor(Math.random() * 2000) * 2;
  const urls = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${port + 1}`];
  const server = spawn(
    'etcd',
    [
      '--data-dir',
      dataDir,
      '--listen-client-urls',
      urls[0],
      '--advertise-client-urls',
      urls[0],
      '--listen-peer-urls',
      urls[1],
      '--log-level',
      'error',
    ] as string[],
    { stdio: 'ignore' },
  );
  const client = new EtcdClient(`127.0.0.1:${port}`);
  for (let left = 200; left > 0; left -= 1) {
    try {
      await client.status(500);
      break;
    } catch {
      await delay(50);
    }
  }
  const changes = Object.entries(objects).map(([key, value]) => ({
    key,
    ifModRevision: 0,
    put: Buffer.from(value),
  }));
  for (let at = 0; at < changes.length; at += 100) await client.transact(changes.slice(at, at + 100));
  client.close();
  server.kill('SIGTERM');
  await once(server, 'exit');
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
