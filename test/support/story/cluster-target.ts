import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { behaviourOfExecutable } from '../../../images/agent/build.ts';
import { builtAt, cached, digest } from '../../../images/test-host/cache.ts';
import { kubernetesDisk } from '../../../images/test-host/kubernetes.ts';
import { resumeNode, saveNode } from '../vm/boot-node.ts';
import type { VmNode } from '../vm/node.ts';
import { type ClusterNode, clusterNode, kubectl, startWeb, untilClusterReady } from './cluster.ts';
import { forwardsTo, registryWithWorkloads, SEED_IMAGE, SEED_VERSION } from './seed-image.ts';
import { ibu, OWN_DATA } from './target.ts';

export const CLUSTER_SEED = { kind: 'seed', name: 'seed-node', ip: '10.0.2.21' } as const;
export const CLUSTER_TARGET = { kind: 'target', name: 'target-node', ip: '10.0.2.22' } as const;

type Named = Pick<ClusterNode, 'forwards' | 'log'>;

/** Digests of what only this cluster has. */
export const OWN_CRYPTO =
  'sha256sum /etc/kubernetes/*.conf /etc/kubernetes/pki/*.* /etc/kubernetes/pki/etcd/*';
/** Middle lines of a cluster's private keys: what raw databases, logs and files are searched for. */
const KEY_LINES =
  'for key in ca.key sa.key front-proxy-ca.key etcd/ca.key; do sed -n 3,6p /etc/kubernetes/pki/$key; done';

/** A seed node with a cluster that has what a fleet has in common. */
async function clusterSeed(named: Named): Promise<VmNode> {
  const seed = await clusterNode({ ...CLUSTER_SEED, ...named });
  await startWeb(seed);
  await kubectl(seed, 'create secret generic of-the-fleet --from-literal=colour=blue');
  return seed;
}

/** A target node with a cluster that has things of its own, and a request that asks for nothing yet. */
async function clusterTarget(named: Named): Promise<VmNode> {
  const target = await clusterNode({ ...CLUSTER_TARGET, ...named });
  await kubectl(target, `label node ${CLUSTER_TARGET.name} site/rack=7`);
  await kubectl(target, 'create secret generic of-the-site --from-literal=code=1234');
  await target.writeFile('/var/lib/own-data/readings.txt', OWN_DATA);
  await target.writeFile('/var/lib/lca/ibu.yaml', clusterRequest());
  return target;
}

/** Nothing is carried over but what a cluster's site consists of. */
function clusterRequest(): string {
  return ibu('Idle', { timeout: 1800 }).replace(/ {2}lca:\n[^]*$/, '');
}

/**
 * The seed image of a cluster as an OCI layout, made once on a real seed node and kept. The seed node has to be back at
 * work afterwards, with its own crypto.
 */
async function clusterSeedLayout(): Promise<string> {
  const disk = await kubernetesDisk('seed');
  const story = await readFile(join(import.meta.dirname, 'cluster.ts'), 'utf8');
  const key = await digest([disk, await behaviourOfExecutable(), story], []);
  return cached('cluster-seed-image', key, async (directory) => {
    const scratch = await mkdtemp(join(tmpdir(), 'lca-seed-'));
    const front = await registryWithWorkloads(scratch);
    try {
      await using seed = await clusterSeed({ forwards: forwardsTo(front), log: 'cluster-seed-image' });
      const before = await seed.sh(OWN_CRYPTO);
      await writeFile(join(directory, 'key-lines'), `${await seed.sh(KEY_LINES)}\n`);
      await seed.sh(`lca seed create --no-tls-verify ${SEED_IMAGE} 2>&1`, { timeoutMs: 3_600_000 });
      await untilClusterReady(seed, CLUSTER_SEED.name);
      await kubectl(seed, 'rollout status deployment/web --timeout=280s');
      const after = await seed.sh(OWN_CRYPTO);
      if (after !== before) throw new Error(`The seed came back with other crypto:\n${before}\n${after}`);
      const from = `docker://${front.address}/seed:${SEED_VERSION}`;
      await execa('skopeo', ['copy', '--src-tls-verify=false', from, `oci:${directory}:seed`], {
        stdin: 'ignore',
      });
    } finally {
      await front.dispose();
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

/** Pieces of the private keys that the seed's cluster had when its image was made, a line each. */
export async function seedKeyLines(): Promise<string> {
  return readFile(join(await clusterSeedLayout(), 'key-lines'), 'utf8');
}

/** A target with a cluster whose Prep has completed, frozen: where every test of a pivot starts. */
export async function preparedClusterTarget(log: string): Promise<VmNode> {
  const base = await builtAt(await kubernetesDisk('target'));
  const story = await readFile(join(import.meta.dirname, 'cluster.ts'), 'utf8');
  const layout = await clusterSeedLayout();
  const key = await digest([layout, base, clusterRequest(), story], []);
  const directory = await cached('prepared-cluster-target', key, async (made) => {
    const scratch = await mkdtemp(join(tmpdir(), 'lca-prepared-'));
    const front = await registryWithWorkloads(scratch);
    try {
      await front.push(`oci:${layout}:seed`, `seed:${SEED_VERSION}`);
      const target = await clusterTarget({ forwards: forwardsTo(front), log: 'prepared-cluster-target' });
      await target.sh('lca prep 2>&1', { timeoutMs: 3_600_000 });
      await saveNode(target, made);
    } finally {
      await front.dispose();
      await rm(scratch, { recursive: true, force: true });
    }
  });
  return resumeNode({ directory }, { forwards: [], log });
}
