import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { Status } from '../../core/contract/status.ts';
import { kubectl, untilClusterReady } from '../support/story/cluster.ts';
import { registryWithClusterSeed, untilPrepared } from '../support/story/cluster-target.ts';
import { CLUSTER_TARGET, clusterTarget } from '../support/story/frozen-cluster.ts';
import { condition, statusOf, untilStatus } from '../support/story/nodes.ts';
import { ask, configMap } from '../support/story/own-apps-backups.ts';
import { forwardsTo } from '../support/story/seed-image.ts';
import { registryOf } from '../support/story/whole-story.ts';
import type { VmNode } from '../support/vm/node.ts';

/** A target with a cluster at rest, and the registry that has its seed. */
async function atRest(t: ExecutionContext): Promise<VmNode> {
  const front = await registryOf(t, registryWithClusterSeed);
  const target = await clusterTarget({ forwards: forwardsTo(front), log: t.title });
  await untilClusterReady(target, CLUSTER_TARGET.name);
  return target;
}

interface Told {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The resource's conditions as its users see them. */
async function resourceConditions(node: VmNode): Promise<readonly Told[]> {
  const text = await kubectl(node, "get imagebasedupgrade upgrade --output=jsonpath='{.status.conditions}'");
  return text === '' ? [] : told(JSON.parse(text) as readonly Told[]);
}

function told(conditions: readonly Told[]): readonly Told[] {
  return conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message }));
}

/** Waits until the resource shows what the file says. */
async function caughtUp(t: ExecutionContext, node: VmNode, { conditions }: Status): Promise<void> {
  let shown: readonly Told[] = [];
  for (let tries = 0; tries < 60; tries += 1) {
    shown = await resourceConditions(node);
    if (JSON.stringify(shown) === JSON.stringify(told(conditions))) break;
    await delay(2_000);
  }
  t.deepEqual(shown, told(conditions), 'the resource shows what the file says');
}

const STEPS_DONE = `grep -c '"sequence":"prep".*"kind":"done"' /var/lib/lca/events.jsonl`;

test('When the API goes away in the middle of Prep, the files go on, and the resource catches up', async (t) => {
  await using target = await atRest(t);
  await ask(target, { stage: 'Prep' });
  const unpacking = (status: Status) => (status.lca.progress?.index ?? 0) >= 2;
  await untilStatus(target, 'Prep has begun to fetch the seed', unpacking, 900_000);
  t.true((await resourceConditions(target)).some(({ type }) => type === 'PrepInProgress'));
  const before = Number(await target.sh(STEPS_DONE));
  await target.sh('systemctl stop kube-apiserver', { timeoutMs: 120_000 });
  const outage = Date.now();
  await delay(60_000);
  t.not((await target.ssh('kubectl --kubeconfig=/etc/kubernetes/admin.conf get nodes')).code, 0);
  const during = await statusOf(target);
  t.is(condition(during, 'PrepCompleted')?.status ?? 'True', 'True', 'nothing has failed');
  t.log(`${Number(await target.sh(STEPS_DONE)) - before} steps ended in the outage`);
  await target.sh('systemctl start kube-apiserver', { timeoutMs: 600_000 });
  t.log(`the API was away for ${Math.round((Date.now() - outage) / 1000)} s`);
  const status = await untilPrepared(target);
  t.like(condition(status, 'PrepInProgress'), {
    status: 'False',
    reason: 'Completed',
    message: 'Prep completed',
  });
  t.like(condition(status, 'PrepCompleted'), { status: 'True', reason: 'Completed' });
  t.deepEqual(status.validNextStages, ['Idle', 'Upgrade']);
  await caughtUp(t, target, status);
  t.is(
    await kubectl(target, "get imagebasedupgrade upgrade --output=jsonpath='{.status.validNextStages}'"),
    '["Idle","Upgrade"]',
  );
  const events = await target.sh('lca events');
  t.regex(events, /failure +Cluster door: /);
  t.regex(events, /The Kubernetes API is back; the resource follows the files again/);
});

/** No priority class of that name is there: the API forbids the pod, and would in the new system. */
const FORBIDDEN = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'important', namespace: 'default' },
  spec: { priorityClassName: 'none-such', containers: [{ name: 'main', image: 'main' }] },
};
const NOT_ALLOWED = {
  apiVersion: 'machineconfiguration.openshift.io/v1',
  kind: 'MachineConfig',
  metadata: { name: '50-site' },
};

test('Extra manifests that the API forbids, or that are of a kind that is not allowed, are refused in Prep, with nothing fetched', async (t) => {
  await using target = await atRest(t);
  await kubectl(target, 'apply -f -', configMap('forbidden', { 'pod.yaml': [FORBIDDEN] }));
  await kubectl(target, 'apply -f -', configMap('not-allowed', { 'config.yaml': [NOT_ALLOWED] }));
  for (const [name, why] of [
    [
      'forbidden',
      /failed to validate extramanifest cms: failed to validate manifest with dryrun: .*no PriorityClass with name none-such was found/,
    ],
    [
      'not-allowed',
      /failed to validate extramanifest cms: MachineConfig\[50-site\] in extramanifests is not allowed/,
    ],
  ] as const) {
    await ask(target, { stage: 'Prep', extraManifests: [{ name, namespace: 'default' }] });
    const refused = (status: Status) => condition(status, 'PrepCompleted') !== undefined;
    const status = await untilStatus(target, `${name} was judged`, refused);
    t.like(condition(status, 'PrepCompleted'), { status: 'False', reason: 'Failed' });
    const newest = status.conditions.at(-1);
    t.like(newest, { type: 'PrepInProgress', status: 'False', reason: 'Failed' });
    t.regex(newest?.message ?? '', why);
    t.deepEqual(status.validNextStages, ['Idle']);
    await caughtUp(t, target, status);
    t.is((await target.ssh('ls -d /ostree/deploy/lca_2.0.0')).code, 2, 'nothing was prepared');
    await ask(target, { stage: 'Idle', extraManifests: [] });
    const atRestAgain = (now: Status) => condition(now, 'Idle')?.status === 'True';
    await untilStatus(target, 'at rest again', atRestAgain);
  }
});
