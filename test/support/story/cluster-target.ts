import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Status } from '../../../core/contract/status.ts';
import { behaviourOfExecutable } from '../../../images/agent/build.ts';
import { cached, digest } from '../../../images/test-host/cache.ts';
import { kubernetesDisk } from '../../../images/test-host/kubernetes.ts';
import type { RegistryFront } from '../registry-front.ts';
import { resumeNode, saveNode } from '../vm/boot-node.ts';
import type { VmNode } from '../vm/node.ts';
import { kubectl, untilClusterReady } from './cluster.ts';
import {
  CLUSTER_SEED,
  CLUSTER_TARGET,
  clusterSeed,
  clusterTarget,
  clusterTargetKey,
} from './frozen-cluster.ts';
import { condition, untilStatus } from './nodes.ts';
import { forwardsTo, registryWithWorkloads, SEED_IMAGE, SEED_VERSION } from './seed-image.ts';

/** Digests of what only this cluster has. */
export const OWN_CRYPTO =
  'sha256sum /etc/kubernetes/*.conf /etc/kubernetes/pki/*.* /etc/kubernetes/pki/etcd/*';
/** Middle lines of a cluster's private keys: what raw databases, logs and files are searched for. */
const KEY_LINES =
  'for key in ca.key sa.key front-proxy-ca.key etcd/ca.key; do sed -n 3,6p /etc/kubernetes/pki/$key; done';
/** The tokens of its service accounts, searched for in the same way. */
const TOKENS =
  'kubectl --kubeconfig=/etc/kubernetes/admin.conf get secrets --all-namespaces --output=jsonpath=\'{range .items[*]}{.data.token}{"\\n"}{end}\' | while read -r token; do [ -z "$token" ] || echo "$(echo "$token" | base64 --decode)"; done';

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
      await untilClusterReady(seed, CLUSTER_SEED.name);
      const before = await seed.sh(OWN_CRYPTO);
      await writeFile(
        join(directory, 'key-lines'),
        `${await seed.sh(KEY_LINES)}\n${await seed.sh(TOKENS)}\n`,
      );
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

/** A registry that has the cluster's seed image, and the images that it lists. */
export async function registryWithClusterSeed(directory: string): Promise<RegistryFront> {
  const layout = await clusterSeedLayout();
  const front = await registryWithWorkloads(directory);
  await front.push(`oci:${layout}:seed`, `seed:${SEED_VERSION}`);
  return front;
}

/** What a target is given before its Prep, and how Prep is asked for. */
export interface Preparation {
  /** Of the frozen state in the cache. */
  readonly kind: string;
  /** Names all that goes into it. */
  readonly key: string;
  dress(target: VmNode): Promise<void>;
  request(target: VmNode): Promise<void>;
}

const PLAIN: Preparation = {
  kind: 'prepared-cluster-target',
  key: '',
  dress: async () => undefined,
  request: async (target) => void (await target.sh('lca prep --no-wait')),
};

/** A target with a cluster whose Prep has completed, frozen: where every test of a pivot starts. */
export async function preparedClusterTarget(log: string, preparation = PLAIN): Promise<VmNode> {
  const { kind, key: own, dress, request } = preparation;
  const key = await digest([await clusterSeedLayout(), await clusterTargetKey(), own], []);
  const directory = await cached(kind, key, async (made) => {
    const scratch = await mkdtemp(join(tmpdir(), 'lca-prepared-'));
    const front = await registryWithClusterSeed(scratch);
    try {
      await using target = await clusterTarget({ forwards: forwardsTo(front), log: kind });
      await untilClusterReady(target, CLUSTER_TARGET.name);
      await dress(target);
      await request(target);
      await untilPrepared(target);
      await saveNode(target, made);
    } finally {
      await front.dispose();
      await rm(scratch, { recursive: true, force: true });
    }
  });
  return resumeNode({ directory }, { forwards: [], log });
}

/** Waits until Prep has ended, and takes nothing but success. */
export async function untilPrepared(target: VmNode): Promise<Status> {
  const ended = (status: Status) => condition(status, 'PrepCompleted') !== undefined;
  const status = await untilStatus(target, 'Prep has ended', ended, 3_000_000);
  if (condition(status, 'PrepCompleted')?.status === 'True') return status;
  throw new Error(`Prep failed: ${JSON.stringify(status.conditions, undefined, 1)}`);
}
