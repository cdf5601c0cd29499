import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../core/host/host.ts';
import { RealHost } from '../../core/host/real-host.ts';
import { startPrivateEtcd } from '../../core/tools/etcd.ts';
import type { RecertConfig } from '../../recert/options/config.ts';

const FIXTURE = new URL('../fixtures/cluster-1.32/', import.meta.url).pathname;

/** A stopped cluster in a temporary directory. */
export interface StoppedCluster {
  readonly root: string;
  readonly host: Host;
  remove(): void;
}

/** The fixture's cluster laid out as a node would have it: its trees, and its etcd data in /var/lib/etcd. */
export function layOutFixture(): StoppedCluster {
  const root = mkdtempSync(join(tmpdir(), 'lca-recert-'));
  mkdirSync(join(root, 'var/lib'), { recursive: true });
  execFileSync('tar', ['--extract', '--gzip', '--file', join(FIXTURE, 'rootfs.tar.gz'), '--directory', root]);
  const snapshot = join(root, 'snapshot.db');
  cpSync(join(FIXTURE, 'etcd-snapshot.db'), snapshot);
  execFileSync('etcdctl', ['snapshot', 'restore', snapshot, '--data-dir', join(root, 'var/lib/etcd')], {
    env: { ...process.env, ETCDCTL_API: '3' },
    stdio: 'ignore',
  });
  rmSync(snapshot);
  return {
    root,
    host: new RealHost().within(root),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The options that cover the whole fixture. */
export const FIXTURE_CONFIG: RecertConfig = {
  data_dir: '/var/lib/etcd',
  crypto_dirs: ['/etc/kubernetes', '/etc/machine-config-daemon', '/var/lib/kubelet'],
  crypto_files: ['/etc/mcs-machine-config-content.json'],
  cluster_customization_dirs: ['/etc/kubernetes', '/var/lib/kubelet'],
};

/** Everything a cluster holds, read without lca's codecs: etcd by etcdctl, files by node:fs. */
export interface Dump {
  readonly etcd: ReadonlyMap<
    string,
    { readonly value: Buffer; readonly modRevision: number; readonly lease: boolean }
  >;
  readonly files: ReadonlyMap<string, Buffer>;
}

export async function dumpCluster({ root, host }: StoppedCluster, dataDir = '/var/lib/etcd'): Promise<Dump> {
  const server = await startPrivateEtcd(host, { dataDir });
  try {
    return { etcd: dumpEtcd(server.endpoint), files: readTree(root, [dataDir, '/var/lib/lca']) };
  } finally {
    await server.stop();
  }
}

/** The keyspace behind an endpoint, by etcdctl. */
export function dumpEtcd(endpoint: string): Dump['etcd'] {
  const json = execFileSync(
    'etcdctl',
    ['--endpoints', endpoint, 'get', '', '--prefix', '--write-out', 'json'],
    {
      env: { ...process.env, ETCDCTL_API: '3' },
      maxBuffer: 1 << 30,
    },
  );
  const { kvs } = JSON.parse(json.toString()) as {
    kvs: { key: string; value?: string; mod_revision: number; lease?: number }[];
  };
  return new Map(
    kvs.map(({ key, value, mod_revision: modRevision, lease }) => [
      Buffer.from(key, 'base64').toString(),
      { value: Buffer.from(value ?? '', 'base64'), modRevision, lease: lease !== undefined },
    ]),
  );
}

function readTree(root: string, without: readonly string[]): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const walk = (path: string): void => {
    if (without.includes(path)) return;
    for (const name of readdirSync(join(root, path))) {
      const at = `${path}/${name}`;
      const stat = lstatSync(join(root, at));
      if (stat.isDirectory()) walk(at);
      else if (stat.isFile()) files.set(at, readFileSync(join(root, at)));
    }
  };
  walk('');
  return files;
}

/** Distinct crypto of a dump, named by what OpenSSL says of it. */
export interface Census {
  readonly certificates: ReadonlySet<string>;
  readonly privateKeys: ReadonlySet<string>;
  readonly publicKeys: ReadonlySet<string>;
  readonly tokens: ReadonlySet<string>;
}

const PEM = /-----BEGIN ([A-Z0-9 ]+)-----[A-Za-z0-9+/=\s]+-----END \1-----/g;
const TOKEN = /eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/g;
const BASE64 = /[A-Za-z0-9+/]{80,}={0,2}/g;

/** Counts crypto with regular expressions and the openssl program; shares no code with what it checks. */
export function takeCensus(dump: Dump): Census {
  const blocks = new Map<string, string>();
  const tokens = new Set<string>();
  const look = (bytes: Buffer, depth: number): void => {
    const text = bytes
      .toString('latin1')
      .replaceAll('\\n', '\n')
      .replaceAll('%0A', '\n')
      .replaceAll('%20', ' ')
      .replaceAll('%2B', '+')
      .replaceAll('%2F', '/')
      .replaceAll('%3D', '=');
    for (const [pem, label] of text.matchAll(PEM)) blocks.set(tidy(pem, label as string), label as string);
    for (const [token] of text.matchAll(TOKEN)) tokens.add(token);
    if (depth === 3) return;
    for (const [encoded] of text.matchAll(BASE64)) {
      const inner = Buffer.from(encoded, 'base64');
      if (inner.includes('-----BEGIN') || inner.includes('eyJ') || inner.includes('LS0tLS1CRUdJTi'))
        look(inner, depth + 1);
    }
  };
  for (const { value } of dump.etcd.values()) look(value, 0);
  for (const content of dump.files.values()) look(content, 0);
  const census = {
    certificates: new Set<string>(),
    privateKeys: new Set<string>(),
    publicKeys: new Set<string>(),
    tokens,
  };
  for (const [pem, label] of blocks) {
    if (label === 'CERTIFICATE')
      census.certificates.add(openssl(['x509', '-noout', '-fingerprint', '-sha256'], pem));
    else if (label.endsWith('PRIVATE KEY')) census.privateKeys.add(openssl(['pkey', '-pubout'], pem));
    else if (label.endsWith('PUBLIC KEY')) census.publicKeys.add(publicKey(pem));
  }
  return census;
}

/** One block in canonical lines, so that the same thing counts once however it was wrapped. */
function tidy(block: string, label: string): string {
  const body = block.replaceAll(/-----(BEGIN|END) [A-Z0-9 ]+-----|\s/g, '');
  return `-----BEGIN ${label}-----\n${body.replaceAll(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`.replaceAll(
    '\n\n',
    '\n',
  );
}

function openssl(argv: readonly string[], input: string): string {
  return execFileSync('openssl', argv, { input, encoding: 'utf8' }).trim();
}

/** OpenShift writes SPKI under the label of a PKCS#1 key, which openssl does not read. */
function publicKey(pem: string): string {
  const der = Buffer.from(pem.replaceAll(/-----.*?-----|\s/g, ''), 'base64');
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
      .export({ type: 'spki', format: 'pem' })
      .trim();
  } catch {
    return createPublicKey({ key: der, format: 'der', type: 'pkcs1' })
      .export({ type: 'spki', format: 'pem' })
      .trim();
  }
}
