// Wall time and memory of `lca recert` (the executable) on the fixture's cluster, against the limit: the same number and
// kinds of keys made by the openssl program on all cores in the same run; and again with the database scaled to 20 000 objects.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { startPrivateEtcd } from '../core/tools/etcd.ts';
import { buildExecutable } from '../images/agent/build.ts';
import type { Ledger } from '../recert/verify/ledger.ts';
import { layOutFixture, type StoppedCluster } from '../test/support/recert-cluster.ts';

const SCALED_TO = 20_000;
const MOST_RATIO = 1.3;
const MOST_OVERHEAD_SECONDS = 1;
const MOST_MEGABYTES = 250;

interface Measured {
  readonly seconds: number;
  readonly megabytes: number;
  readonly ledger: Ledger;
}

async function measure(executable: string, { root }: StoppedCluster): Promise<Measured> {
  const trees = ['etc/kubernetes', 'etc/machine-config-daemon', 'var/lib/kubelet'];
  const argv = [
    '--format=maxRSS %M',
    executable,
    'recert',
    '--data-dir',
    join(root, 'var/lib/etcd'),
    ...trees.flatMap((tree) => ['--crypto-dir', join(root, tree)]),
    '--crypto-file',
    join(root, 'etc/mcs-machine-config-content.json'),
    '--state-dir',
    join(root, 'state'),
  ];
  const start = performance.now();
  const { stderr } = await execa('/usr/bin/time', argv);
  const seconds = (performance.now() - start) / 1000;
  const megabytes = Number(/maxRSS (\d+)/.exec(stderr)?.[1]) / 1024;
  return {
    seconds,
    megabytes,
    ledger: JSON.parse(readFileSync(join(root, 'state/ledger.json'), 'utf8')) as Ledger,
  };
}

/** Seconds openssl takes for as many keys of the same kinds, on all cores. */
async function limit(kinds: readonly string[]): Promise<number> {
  const queue = kinds.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true })).values();
  const start = performance.now();
  const work = async (): Promise<void> => {
    for (const kind of queue)
      await execa('openssl', ['genpkey', '-quiet', '-out', '/dev/null', ...flagsOf(kind)]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return (performance.now() - start) / 1000;
}

/** What `openssl genpkey` wants for a kind as the ledger prints it: `RSA 2048`, `EC prime256v1`, `ed25519`. */
function flagsOf(kind: string): readonly string[] {
  const [type = '', size] = kind.split(' ');
  if (size === undefined) return ['-algorithm', type];
  if (type === 'EC') return ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${size}`];
  return ['-algorithm', type, '-pkeyopt', `rsa_keygen_bits:${size}`];
}

/** Copies every object but the node's own into further namespaces, with their crypto, until there are enough. */
async function scale(cluster: StoppedCluster): Promise<number> {
  const etcd = await startPrivateEtcd(cluster.host, { dataDir: '/var/lib/etcd' });
  try {
    const originals = [];
    for await (const page of etcd.client.range('')) originals.push(...page);
    let keys = originals.length;
    for (let copy = 1; keys < SCALED_TO; copy += 1) {
      const batch = originals
        .filter(({ key, lease }) => lease === '0' && !key.includes('/minions/'))
        .slice(0, SCALED_TO - keys)
        .map(({ key, value }) => ({
          key: key.replace(/([^/]+)\/([^/]+)$/, `$1-copy-${copy}/$2`),
          ifModRevision: 0,
          put: value,
        }));
      for (let at = 0; at < batch.length; at += 50) await etcd.client.transact(batch.slice(at, at + 50));
      keys = (await etcd.client.survey()).keys;
    }
    return keys;
  } finally {
    await etcd.stop();
  }
}

function report(name: string, { seconds, megabytes, ledger }: Measured, bound: number): boolean {
  const allowed = bound * MOST_RATIO + MOST_OVERHEAD_SECONDS;
  const isGood = seconds <= allowed && megabytes <= MOST_MEGABYTES;
  process.stdout.write(
    `${name}: ${ledger.keys.length} keys, ${ledger.places.length} places: ${seconds.toFixed(2)} s ` +
      `(openssl alone ${bound.toFixed(2)} s, allowed ${allowed.toFixed(2)} s), ${megabytes.toFixed(0)} MB ` +
      `(allowed ${MOST_MEGABYTES} MB): ${isGood ? 'within' : 'OVER'}\n`,
  );
  return isGood;
}

const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
process.stdout.write(
  `${availableParallelism()} cores, load ${load}, ${execFileSync('openssl', ['version'], { encoding: 'utf8' })}`,
);
const executable = await buildExecutable();
const results: boolean[] = [];
for (const name of ['fixture', 'scaled'] as const) {
  const cluster = layOutFixture();
  try {
    const keys = name === 'scaled' ? await scale(cluster) : undefined;
    const measured = await measure(executable, cluster);
    const bound = await limit(measured.ledger.keys.map(({ kind }) => kind));
    results.push(report(keys === undefined ? name : `${name} to ${keys} objects`, measured, bound));
  } finally {
    cluster.remove();
  }
}
process.exitCode = results.every(Boolean) ? 0 : 1;
