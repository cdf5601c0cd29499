import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { behaviourOfExecutable } from '../../../images/agent/build.ts';
import { builtAt, cached, digest } from '../../../images/test-host/cache.ts';
import { kubernetesDisk } from '../../../images/test-host/kubernetes.ts';
import { resumeNode, saveNode } from '../vm/boot-node.ts';
import type { VmNode } from '../vm/node.ts';
import { type ClusterNode, clusterNode, kubectl, startWeb } from './cluster.ts';
import { forwardsTo, registryWithWorkloads } from './seed-image.ts';
import { ibu, OWN_DATA } from './target.ts';

export const CLUSTER_SEED = { kind: 'seed', name: 'seed-node', ip: '10.0.2.21' } as const;
export const CLUSTER_TARGET = { kind: 'target', name: 'target-node', ip: '10.0.2.22' } as const;

type Named = Pick<ClusterNode, 'forwards' | 'log'>;

/** Nothing is carried over but what a cluster's site consists of. */
function clusterRequest(): string {
  return ibu('Idle', { timeout: 1800 }).replace(/ {2}lca:\n[^]*$/, '');
}

const DRESS = {
  /** What a fleet has in common. */
  async seed(node: VmNode): Promise<void> {
    await startWeb(node);
    await kubectl(node, 'create secret generic of-the-fleet --from-literal=colour=blue');
  },
  /** Things of its own, and a request that asks for nothing yet. */
  async target(node: VmNode): Promise<void> {
    await kubectl(node, `label node ${CLUSTER_TARGET.name} site/rack=7`);
    await kubectl(node, 'create secret generic of-the-site --from-literal=code=1234');
    await node.writeFile('/var/lib/own-data/readings.txt', OWN_DATA);
    await node.writeFile('/var/lib/lca/ibu.yaml', clusterRequest());
  },
} as const;

/** A node with a cluster at work, frozen: it takes minutes to come up, and every story of it goes on from there. */
async function frozenCluster(identity: typeof CLUSTER_SEED | typeof CLUSTER_TARGET): Promise<string> {
  const { kind } = identity;
  const base = await kubernetesDisk(kind);
  const key = await digest(
    [
      base,
      await builtAt(base),
      await behaviourOfExecutable(),
      await readFile(join(import.meta.dirname, 'cluster.ts'), 'utf8'),
      DRESS[kind].toString(),
      clusterRequest(),
    ],
    [],
  );
  return cached(`cluster-${kind}`, key, async (directory) => {
    const scratch = await mkdtemp(join(tmpdir(), 'lca-cluster-'));
    const front = await registryWithWorkloads(scratch);
    try {
      const node = await clusterNode({ ...identity, forwards: forwardsTo(front), log: `cluster-${kind}` });
      await DRESS[kind](node);
      await saveNode(node, directory);
    } finally {
      await front.dispose();
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

/** A seed node with a cluster that has what a fleet has in common. */
export async function clusterSeed(named: Named): Promise<VmNode> {
  return resumeNode({ directory: await frozenCluster(CLUSTER_SEED) }, named);
}

/** A target node with a cluster that has things of its own, at rest, and a request that asks for nothing yet. */
export async function clusterTarget(named: Named): Promise<VmNode> {
  return resumeNode({ directory: await frozenCluster(CLUSTER_TARGET) }, named);
}

/** Tells one frozen target from another, for what is made from it. */
export async function clusterTargetKey(): Promise<string> {
  const directory = await frozenCluster(CLUSTER_TARGET);
  return `${directory} ${await builtAt(join(directory, 'disk.qcow2'))}`;
}
