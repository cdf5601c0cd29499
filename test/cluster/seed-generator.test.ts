import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import type { SeedBuilder, SeedOrder } from '../../bootagent/seed-generator/seed-builder.ts';
import { restoreSeedNode } from '../../builder/restore-seed-node.ts';
import type { SeedContext } from '../../builder/seed-context.ts';
import { cleanCluster } from '../../builder/steps/clean-cluster.ts';
import { EVENTS_PATH, LCA_DIRECTORY, SEED_GENERATOR_PATH, STATUS_PATH } from '../../core/contract/paths.ts';
import { writeSeedResult } from '../../core/contract/seed-result.ts';
import { AgentNode } from '../support/agent-node.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane/control-plane.ts';
import { kubectlOf, type ToldCondition } from '../support/door-cluster.ts';
import { until } from '../support/door-node.ts';
import { told } from '../support/door-story.ts';

const NAMES = { name: 'seed-node', address: '192.0.2.10' };
const NAMESPACE = 'openshift-lifecycle-agent';
const PATH = '/apis/lca.openshift.io/v1/seedgenerators';
const SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/seedgen`;
const PASSWORD = 'c2VlZGVyOmh1bnRlcjI=';
const DATA = {
  seedAuth: Buffer.from(JSON.stringify({ auths: { 'r.example': { auth: PASSWORD } } })).toString('base64'),
  hubKubeconfig: 'aHVi',
};

interface SeedGen {
  readonly metadata: { readonly uid: string; readonly generation: number };
  readonly spec: { readonly seedImage: string };
  readonly status?: {
    readonly observedGeneration: number;
    readonly conditions: readonly (ToldCondition & { readonly lastTransitionTime: string })[];
  };
}

const root = mkdtempSync(join(tmpdir(), 'lca-seedgen-'));
const start = () => startControlPlane({ directory: root, ...NAMES, controllerManager: false });
let plane: ControlPlane;
let node: AgentNode;
let kubectl: Awaited<ReturnType<typeof kubectlOf>>;

/**
 * What a builder does to the cluster, with the builder's own code: its requests to lca are removed, it is stopped and
 * started again. The image is not made: that is shown in test/integration and test/vm.
 */
class ClusterBuilder implements SeedBuilder {
  readonly orders: SeedOrder[] = [];
  /** Objects of lca's found in the cluster some time after they were removed, just before it stops. */
  leftInSnapshot: readonly string[] = [];
  /** Whether the node is as it was before the snapshot. */
  isRestored = false;
  #isRunning = false;
  #isPushed = Promise.resolve();
  #push = () => undefined as void;

  /** The build ends only when this is called. */
  holdPush(): () => void {
    this.#isPushed = new Promise((resolve) => (this.#push = resolve));
    return () => this.#push();
  }

  async start(order: SeedOrder): Promise<void> {
    this.orders.push(order);
    this.#isRunning = true;
    void this.#build(order).finally(() => (this.#isRunning = false));
  }

  async isRunning(): Promise<boolean> {
    return this.#isRunning;
  }

  restore(): Promise<void> {
    return restoreSeedNode(node.host, process.pid);
  }

  async #build({ resultPath }: SeedOrder): Promise<void> {
    const { host } = node;
    await writeSeedResult(host, { state: 'running', failure: null, digest: null }, resultPath);
    // a builder looks around and saves the system first, which takes longer than telling the resource
    await untilNewest('Launching imager container');
    const signal = new AbortController().signal;
    await cleanCluster.apply({ host, findings: {}, signal } as unknown as SeedContext);
    await host.sleep(4000);
    const paths = [PATH, '/apis/lca.openshift.io/v1/imagebasedupgrades'];
    const lists = await Promise.all(paths.map((path) => plane.admin('GET', path)));
    const secret = await plane.admin('GET', SECRET).then(
      () => ['seedgen'],
      () => [],
    );
    this.leftInSnapshot = [
      ...lists.flatMap(({ items = [] }) => items.map((x) => x.metadata.name)),
      ...secret,
    ];
    await plane.stop();
    await host.sleep(1000);
    plane = await start();
    await restoreSeedNode(host, process.pid);
    this.isRestored = true;
    await this.#isPushed;
    await writeSeedResult(host, { state: 'completed', failure: null, digest: 'sha256:0' }, resultPath);
  }
}

const read = async () => (await plane.admin('GET', `${PATH}/seedimage`)) as unknown as SeedGen;
const untilNewest = (message: string | RegExp) =>
  until('the newest condition says so', read, ({ status }) => {
    const newest = status?.conditions.at(-1)?.message ?? '';
    return typeof message === 'string' ? newest === message : message.test(newest);
  });
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'seedgen', namespace: NAMESPACE },
  type: 'Opaque',
  data: DATA,
};
const generator = (version: string, seedImage: string, name = 'seedimage') => ({
  apiVersion: `lca.openshift.io/${version}`,
  kind: 'SeedGenerator',
  metadata: { name },
  spec: { seedImage },
});
const apply = (object: object) => kubectl(['apply', '-f', '-'], JSON.stringify(object));
const gone = (what: string, path: string) =>
  until(
    `${what} is gone`,
    () => node.host.readText(path),
    (text) => text === undefined,
  );

test.before(async () => {
  plane = await start();
  node = new AgentNode(root, NAMES);
  kubectl = await kubectlOf(plane);
  await plane.admin('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  // what kubelet would say of the node and its static pods
  const ready = [{ type: 'Ready', status: 'True' }];
  await plane.admin('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: NAMES.name },
  });
  await plane.admin('PATCH', `/api/v1/nodes/${NAMES.name}/status`, { status: { conditions: ready } });
  for (const part of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']) {
    const name = `${part}-${NAMES.name}`;
    await plane.admin('POST', '/api/v1/namespaces/kube-system/pods', {
      metadata: { name, annotations: { 'kubernetes.io/config.mirror': 'x' } },
      spec: { nodeName: NAMES.name, containers: [{ name: part, image: part }] },
    });
    await plane.admin('PATCH', `/api/v1/namespaces/kube-system/pods/${name}/status`, {
      status: { phase: 'Running', conditions: ready },
    });
  }
});
test.after.always(async () => {
  await node?.stop();
  await plane?.stop();
  rmSync(root, { recursive: true, force: true });
});

test.serial(
  'The guide’s session: the resource, its Secret and its conditions outlive the API, and it completes',
  async (t) => {
    const builder = new ClusterBuilder();
    const push = builder.holdPush();
    await node.boot(builder);
    await until(
      'the definition is there',
      () => kubectl(['get', 'seedgen']),
      (text) => text === '',
    );
    await apply(secret);
    await apply(generator('v1alpha1', 'r.example/seed:1'));
    const launched = await untilNewest('Launching imager container');
    t.is(launched.status?.conditions.length, 1);
    // the builder removes it; once the API is back it is there again, though the seed is not finished
    const back = await until('it is back', read, ({ metadata, status }) => {
      return metadata.uid !== launched.metadata.uid && status !== undefined;
    });
    t.deepEqual(builder.leftInSnapshot, [], 'nothing of lca is in the image');
    t.deepEqual(back.spec, launched.spec);
    t.deepEqual(back.status?.conditions, launched.status?.conditions);
    t.deepEqual((await plane.admin('GET', SECRET))['data'], DATA);
    t.regex(
      await kubectl(['get', 'seedgen']),
      /^NAME +AGE +STATE +DETAILS\nseedimage +\w+ +SeedGenInProgress +Launching imager container$/,
    );
    // the agent may be restarted meanwhile
    await node.boot(builder);
    push();
    await untilNewest('Seed Generation completed');
    const list = parse(await kubectl(['get', 'seedgenerator', '-oyaml'])) as { items: readonly SeedGen[] };
    t.deepEqual(told(list.items[0]?.status ?? { conditions: [] }), [
      {
        type: 'SeedGenInProgress',
        status: 'False',
        reason: 'Completed',
        message: 'Seed Generation completed',
      },
      {
        type: 'SeedGenCompleted',
        status: 'True',
        reason: 'Completed',
        message: 'Seed Generation completed',
      },
    ]);
    t.is(list.items[0]?.status?.observedGeneration, 1);
    t.is(builder.orders.length, 1);
    t.is(builder.orders[0]?.seedImage, 'r.example/seed:1');
    await until(
      'the upgrade resource is back too',
      () => plane.admin('GET', '/apis/lca.openshift.io/v1/imagebasedupgrades/upgrade'),
      () => true,
    );
    t.deepEqual(await node.host.list(`${LCA_DIRECTORY}/seed-generator`), [], 'the credentials are gone');
    const shown = [
      await node.host.readText(EVENTS_PATH),
      ...node.host.commands,
      JSON.stringify(builder.orders),
    ];
    t.false(shown.join('\n').includes(PASSWORD));
    // as the guide has it: deleted and made anew for another try
    await kubectl(['delete', 'seedgenerator', 'seedimage']);
    await gone('the request', SEED_GENERATOR_PATH);
    await gone('its status', `${LCA_DIRECTORY}/seedgenerator-status.yaml`);
  },
);

test.serial(
  'What speaks against a seed is told in the documented words, and nothing is touched',
  async (t) => {
    const builder = new ClusterBuilder();
    await node.boot(builder);
    const rejections = [
      [
        '/api/v1/persistentvolumes',
        {
          metadata: { name: 'pv' },
          spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } },
        },
        'Rejected: Cluster must not have any Persistent Volumes configured',
      ],
      [
        '/api/v1/namespaces',
        { metadata: { name: 'open-cluster-management-addon-observability' } },
        'Rejected due to presence of ACM addon(s): open-cluster-management-addon-observability',
      ],
      [
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
        {
          metadata: { name: 'klusterlets.operator.open-cluster-management.io' },
          spec: {
            group: 'operator.open-cluster-management.io',
            scope: 'Cluster',
            names: { plural: 'klusterlets', kind: 'Klusterlet' },
            versions: [
              { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
            ],
          },
        },
        'Rejected: Cluster must be detached from hub prior to seed generation',
      ],
    ] as const;
    // each comes before those above it
    for (const [path, object, message] of rejections) {
      await plane.admin('POST', path, object);
      await apply(generator('v1', 'r.example/seed:1'));
      const refused = await untilNewest(message);
      t.deepEqual(told(refused.status ?? { conditions: [] }), [
        {
          type: 'SeedGenCompleted',
          status: 'False',
          reason: 'Failed',
          message: `Seed generation failed: ${message}`,
        },
        { type: 'SeedGenInProgress', status: 'False', reason: 'Failed', message },
      ]);
      await kubectl(['delete', 'seedgen', 'seedimage']);
      await gone('the request', SEED_GENERATOR_PATH);
    }
    for (const [path, { metadata }] of rejections) await plane.admin('DELETE', `${path}/${metadata.name}`);
    // no controller runs that would let the volume go, and empty the namespace
    await plane.admin('PATCH', '/api/v1/persistentvolumes/pv', { metadata: { finalizers: null } });
    const name = 'open-cluster-management-addon-observability';
    const emptied = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } };
    await plane.admin('PUT', `/api/v1/namespaces/${name}/finalize`, emptied);
    t.deepEqual(builder.orders, []);
  },
);

test.serial('Without a Secret, under another name, or with another spec nothing begins', async (t) => {
  const builder = new ClusterBuilder();
  await node.boot(builder);
  await apply(generator('v1', 'r.example/seed:1', 'mine'));
  const other = await until(
    'it is answered',
    async () => (await plane.admin('GET', `${PATH}/mine`)) as unknown as SeedGen,
    ({ status }) => status !== undefined,
  );
  t.is(other.status?.conditions.at(-1)?.message, "seedgen is a singleton, metadata.name must be 'seedimage'");
  await kubectl(['delete', 'seedgen', 'mine']);
  await kubectl(['delete', 'secret', '-n', NAMESPACE, 'seedgen']);
  await apply(generator('v1', 'r.example/seed:1'));
  const refused = await untilNewest(/^Secret openshift-lifecycle-agent\/seedgen is not there/);
  await plane.admin('PATCH', `${PATH}/seedimage`, { spec: { seedImage: 'r.example/seed:2' } });
  const kept = await until('it is as it was', read, ({ metadata, spec }) => {
    return metadata.generation > refused.metadata.generation && spec.seedImage === 'r.example/seed:1';
  });
  t.is(kept.status?.conditions.at(-1)?.message, refused.status?.conditions.at(-1)?.message);
  t.deepEqual(builder.orders, []);
  await kubectl(['delete', 'seedgen', 'seedimage']);
  await gone('the request', SEED_GENERATOR_PATH);
});

test.serial(
  'Asked for by file it shows in the cluster, and a seed in the making holds up stages',
  async (t) => {
    const builder = new ClusterBuilder();
    const push = builder.holdPush();
    await node.boot(builder);
    await node.host.writeAtomic(`${LCA_DIRECTORY}/objects/seedgen.yaml`, JSON.stringify(secret));
    await node.host.writeAtomic(SEED_GENERATOR_PATH, JSON.stringify(generator('v1', 'r.example/seed:3')));
    await untilNewest('Launching imager container');
    t.is((await read()).spec.seedImage, 'r.example/seed:3');
    await until(
      'the snapshot is over',
      async () => builder.isRestored,
      (isRestored) => isRestored,
    );
    await until(
      'the upgrade resource is back',
      () =>
        plane.admin('PATCH', '/apis/lca.openshift.io/v1/imagebasedupgrades/upgrade', {
          spec: { stage: 'Prep', seedImageRef: { version: '2.0.0', image: 'r.example/seed:2' } },
        }),
      () => true,
    );
    await until(
      'Prep is accepted',
      async () => (await node.host.readText(STATUS_PATH)) ?? '',
      (text) => text.includes('PrepInProgress'),
    );
    await node.host.sleep(2000);
    t.false(((await node.host.readText(STATUS_PATH)) ?? '').includes('PrepCompleted'));
    push();
    await untilNewest('Seed Generation completed');
    await until(
      'Prep has gone on, and failed',
      async () => (await node.host.readText(STATUS_PATH)) ?? '',
      (text) => text.includes('PrepCompleted'),
    );
  },
);
