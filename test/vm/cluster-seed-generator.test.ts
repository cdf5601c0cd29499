import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { execa } from 'execa';
import { parse } from 'yaml';
import {
  OBJECTS_DIRECTORY,
  SEED_GENERATOR_PATH,
  SEED_GENERATOR_STATUS_PATH,
} from '../../core/contract/paths.ts';
import { SEED_GENERATOR_SECRET, type SeedGeneratorCondition } from '../../core/contract/seed-generator.ts';
import { kubectl, untilClusterReady } from '../support/story/cluster.ts';
import { OWN_CRYPTO } from '../support/story/cluster-target.ts';
import { CLUSTER_SEED, clusterSeed } from '../support/story/frozen-cluster.ts';
import { forwardsTo, registryWithWorkloads, SEED_IMAGE, SEED_VERSION } from '../support/story/seed-image.ts';
import { registryOf } from '../support/story/whole-story.ts';
import type { VmNode } from '../support/vm/node.ts';

const MOST_MS = 3_000_000;

const REQUEST = `apiVersion: lca.openshift.io/v1
kind: SeedGenerator
metadata: {name: seedimage}
spec: {seedImage: "${SEED_IMAGE}"}
`;
const { namespace, name, key } = SEED_GENERATOR_SECRET;
const SECRET = `apiVersion: v1
kind: Secret
metadata: {name: ${name}, namespace: ${namespace}}
stringData: {${key}: '{"auths": {}}'}
`;

/** Waits until the file says how it has ended; while the image is made, the node says little. */
async function untilEnded(node: VmNode): Promise<SeedGeneratorCondition | undefined> {
  const until = Date.now() + MOST_MS;
  let text: string | undefined;
  while (Date.now() < until) {
    text = await node.readFile(SEED_GENERATOR_STATUS_PATH).catch(() => text);
    const conditions: readonly SeedGeneratorCondition[] =
      text === undefined ? [] : parse(text).status.conditions;
    const completed = conditions.find(({ type }) => type === 'SeedGenCompleted');
    const inProgress = conditions.find(({ type }) => type === 'SeedGenInProgress');
    if (completed?.status === 'True' || inProgress?.reason === 'Failed') return conditions.at(-1);
    await delay(3_000);
  }
  throw new Error(`The seed was not made in time; seedgenerator-status.yaml: ${text}`);
}

test('A SeedGenerator makes a seed image of a node with a cluster, and the node is at work again as it was', async (t) => {
  const front = await registryOf(t, registryWithWorkloads);
  await using seed = await clusterSeed({ forwards: forwardsTo(front), log: t.title });
  await untilClusterReady(seed, CLUSTER_SEED.name);
  const before = await seed.sh(OWN_CRYPTO);
  await seed.writeFile(`${OBJECTS_DIRECTORY}/seedgen.yaml`, SECRET, '0600');
  await seed.writeFile(SEED_GENERATOR_PATH, REQUEST);
  t.like(await untilEnded(seed), { type: 'SeedGenCompleted', status: 'True', reason: 'Completed' });

  await untilClusterReady(seed, CLUSTER_SEED.name);
  await kubectl(seed, 'rollout status deployment/web --timeout=280s');
  t.is(await seed.sh(OWN_CRYPTO), before, 'its crypto is its own');
  const shown =
    'get seedgenerator seedimage --output=jsonpath=\'{.status.conditions[?(@.type=="SeedGenCompleted")].status}\'';
  await seed.sh(
    `for i in $(seq 60); do test "$(kubectl --kubeconfig=/etc/kubernetes/admin.conf ${shown})" = True && exit; sleep 2; done; exit 1`,
    { timeoutMs: 600_000 },
  );
  const { stdout } = await execa(
    'skopeo',
    ['inspect', '--tls-verify=false', `docker://${front.address}/seed:${SEED_VERSION}`],
    { stdin: 'ignore' },
  );
  const { Labels: labels } = JSON.parse(stdout) as { readonly Labels: Readonly<Record<string, string>> };
  t.truthy(labels['com.openshift.lifecycle-agent.seed_format_version']);
  const info = JSON.parse(labels['com.openshift.lifecycle-agent.seed_cluster_info'] ?? '{}');
  t.is(info.seed_cluster_ocp_version, SEED_VERSION);
  t.is(info.sno_hostname, CLUSTER_SEED.name);
});
