import test from 'ava';
import { StatusStore } from '../../../bootagent/agent/status-store.ts';
import { attend } from '../../../bootagent/seed-generator/attend.ts';
import type { Generation } from '../../../bootagent/seed-generator/generation.ts';
import type { SeedOrder } from '../../../bootagent/seed-generator/seed-builder.ts';
import { SeedGenError } from '../../../bootagent/seed-generator/seedgen-error.ts';
import { SEED_GENERATOR_DIRECTORY, SEED_RESULT_PATH } from '../../../core/contract/paths.ts';
import { readSeedGeneratorStatus } from '../../../core/contract/seed-generator.ts';
import { type SeedResult, writeSeedResult } from '../../../core/contract/seed-result.ts';
import { FRESH_STATUS, writeStatus } from '../../../core/contract/status.ts';
import { createLogger } from '../../../core/log/logger.ts';
import { memoryBox } from '../../support/fake-attempt.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const PASSWORD = 'c2VlZGVyOmh1bnRlcjI=';
const AUTH = JSON.stringify({ auths: { 'registry.example': { auth: PASSWORD } } });
const request = (image = 'registry.example/seed:1', name = 'seedimage') =>
  `apiVersion: lca.openshift.io/v1\nkind: SeedGenerator\nmetadata: {name: ${name}}\nspec: {seedImage: ${image}}\n`;
const secret = (data: object) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'seedgen', namespace: 'openshift-lifecycle-agent' },
    data,
  });
const FAILED: SeedResult = {
  state: 'failed',
  failure: { step: 'save-var', code: 'no-space', message: 'The disk is full.', remedy: null },
  digest: null,
};

/** A seed node without a cluster, and a builder that does what the test says. */
class SeedNode {
  readonly host = new RecordingHost();
  readonly orders: SeedOrder[] = [];
  readonly gate = { isBusy: false, isStarted: false };
  readonly box = memoryBox();
  isRunning = false;
  restored = 0;
  unrestorable: Error | undefined;

  constructor() {
    this.host
      .file('/var/lib/lca/seedgenerator.yaml', request())
      .file(
        '/var/lib/lca/objects/seedgen.yaml',
        secret({ seedAuth: Buffer.from(AUTH).toString('base64'), hubKubeconfig: 'eA==' }),
      )
      .on(/^ostree admin --help/, '  set-default\n')
      .on(/^systemctl show .*var-lib-containers/, 'ActiveState=active\nWhat=/dev/vdb1\n')
      .on(/^systemctl cat var-lib-containers/, 'What=/dev/vdb1\n')
      .on(/^(systemctl (list-units|is-active|is-system-running)|podman ps)/, '');
  }

  async look(): Promise<number> {
    const { store } = await StatusStore.open(this.host, 'old');
    const generation: Generation = {
      host: this.host,
      store,
      blackBox: this.box,
      log: createLogger('seed', 'silent'),
      gate: this.gate,
      signal: new AbortController().signal,
      builder: {
        start: async (order) => {
          this.orders.push(order);
          this.isRunning = true;
        },
        isRunning: async () => this.isRunning,
        restore: async () => {
          this.restored += 1;
          if (this.unrestorable !== undefined) throw this.unrestorable;
        },
      },
    };
    return attend(generation);
  }

  async launched(): Promise<this> {
    await this.look();
    await this.look();
    return this;
  }

  /** `SeedGenInProgress True InProgress: …`, the newest last. */
  async told(): Promise<readonly string[]> {
    const status = await readSeedGeneratorStatus(this.host);
    return (status?.conditions ?? []).map(
      ({ type, status: holds, reason, message }) => `${type} ${holds} ${reason}: ${message}`,
    );
  }

  ends(result: SeedResult): Promise<void> {
    this.isRunning = false;
    return writeSeedResult(this.host, result, SEED_RESULT_PATH);
  }
}

const LAUNCHED = ['SeedGenInProgress True InProgress: Launching imager container'];
const COMPLETED = [
  'SeedGenInProgress False Completed: Seed Generation completed',
  'SeedGenCompleted True Completed: Seed Generation completed',
];
const failedWith = (message: string) => [
  `SeedGenCompleted False Failed: Seed generation failed: ${message}`,
  `SeedGenInProgress False Failed: ${message}`,
];

test('A request is looked at, then carried out by a builder that is told paths and no secrets, then completed', async (t) => {
  const node = new SeedNode();
  await node.look();
  t.deepEqual(await node.told(), ['SeedGenInProgress True InProgress: Waiting for system to stabilize']);
  t.true(node.gate.isBusy);
  await node.look();
  t.deepEqual(await node.told(), LAUNCHED);
  t.is(node.orders.length, 1);
  const [order] = node.orders;
  t.is(order?.seedImage, 'registry.example/seed:1');
  t.is(node.host.files.get(order?.authFile ?? ''), AUTH);
  t.false(JSON.stringify([node.orders, node.host.transcript, node.box.messages]).includes(PASSWORD));
  await node.look();
  t.deepEqual(await node.told(), LAUNCHED, 'it runs');
  await node.ends({ state: 'completed', failure: null, digest: 'sha256:0' });
  await node.look();
  t.deepEqual(await node.told(), COMPLETED);
  t.false(node.gate.isBusy);
  t.deepEqual(
    [...node.host.files.keys()].filter((path) => path.startsWith(SEED_GENERATOR_DIRECTORY)),
    [],
  );
  await node.look();
  t.is(node.orders.length, 1, 'what is answered is not done again');
});

for (const [what, change, message] of [
  [
    'another name',
    (node) => node.host.file('/var/lib/lca/seedgenerator.yaml', request('x/y:1', 'mine')),
    /seedgen is a singleton, metadata\.name must be 'seedimage'/,
  ],
  [
    'no Secret',
    (node) => node.host.files.delete('/var/lib/lca/objects/seedgen.yaml'),
    /^Secret .*\/seedgen is not there/,
  ],
  [
    'a Secret without seedAuth',
    (node) => node.host.file('/var/lib/lca/objects/seedgen.yaml', secret({ other: 'eA==' })),
    /has no key seedAuth/,
  ],
  [
    'a Secret with something else',
    (node) => node.host.file('/var/lib/lca/objects/seedgen.yaml', secret({ seedAuth: 'aHVudGVyMg==' })),
    /^(?!.*hunter2).*no registry auth file/,
  ],
  [
    'an ostree without set-default',
    (node) => node.host.on(/^ostree admin --help/, 'deploy'),
    /^Rejected: Installed release does not support "ostree admin set-default" feature$/,
  ],
  [
    'container storage that stateroots do not share',
    (node) =>
      node.host
        .on(/^systemctl show .*var-lib-containers/, 'ActiveState=inactive\n')
        .on(/^(findmnt|lsblk|sfdisk|blkid)/, ''),
    /^Rejected: Cluster must be configured with shared container storage$/,
  ],
  [
    'an upgrade under way',
    async (node) =>
      writeStatus(node.host, {
        ...FRESH_STATUS,
        conditions: [
          {
            type: 'PrepInProgress',
            status: 'True',
            reason: 'InProgress',
            message: 'In progress',
            observedGeneration: 1,
            lastTransitionTime: '2026-01-01T00:00:00Z',
          },
        ],
      }),
    /^Rejected: An image-based upgrade/,
  ],
] as const satisfies readonly (readonly [string, (node: SeedNode) => unknown, RegExp])[]) {
  test(`Refused before anything is touched: ${what}`, async (t) => {
    const node = new SeedNode();
    await change(node);
    await node.look();
    const [completed = '', inProgress = ''] = await node.told();
    t.regex(inProgress.replace('SeedGenInProgress False Failed: ', ''), message);
    t.is(
      completed,
      inProgress.replace(
        'SeedGenInProgress False Failed: ',
        'SeedGenCompleted False Failed: Seed generation failed: ',
      ),
    );
    t.deepEqual(node.orders, []);
    t.false(node.gate.isBusy);
    const before = await node.told();
    await node.look();
    t.deepEqual(await node.told(), before, 'until it is deleted and made anew');
  });
}

test('A sick node is waited for', async (t) => {
  const node = new SeedNode();
  await node.look();
  node.host.on(/^podman ps/, 'database\n');
  t.is(await node.look(), 20_000);
  t.regex(
    (await node.told())[0] ?? '',
    /InProgress: Waiting for system to stabilize: one or more health checks failed: /,
  );
  node.host.on(/^podman ps/, '');
  await node.look();
  t.deepEqual(await node.told(), LAUNCHED);
});

test('Until the builder is launched a request can be taken back, or replaced', async (t) => {
  const node = new SeedNode();
  await node.look();
  node.host.files.delete('/var/lib/lca/seedgenerator.yaml');
  await node.look();
  t.is(await readSeedGeneratorStatus(node.host), null);
  t.false(node.gate.isBusy);
  node.host.file('/var/lib/lca/seedgenerator.yaml', request());
  await node.look();
  node.host.file('/var/lib/lca/seedgenerator.yaml', request('registry.example/seed:2'));
  await node.look();
  await node.look();
  t.deepEqual(
    node.orders.map(({ seedImage }) => seedImage),
    ['registry.example/seed:2'],
  );
});

test('After the launch it goes on whatever becomes of the file; at rest another content is another request', async (t) => {
  const node = await new SeedNode().launched();
  node.host.files.delete('/var/lib/lca/seedgenerator.yaml');
  await node.look();
  t.deepEqual(await node.told(), LAUNCHED);
  await node.ends({ state: 'completed', failure: null, digest: 'sha256:0' });
  await node.look();
  t.deepEqual(await node.told(), COMPLETED);
  node.host.file('/var/lib/lca/seedgenerator.yaml', request('registry.example/seed:2'));
  await node.launched();
  t.is(node.orders.length, 2);
});

test('What the builder failed at is told, with upstream’s words before it unless it only looked', async (t) => {
  const node = await new SeedNode().launched();
  await node.ends(FAILED);
  await node.look();
  t.deepEqual(
    await node.told(),
    failedWith('Seed generation failed: imager container status check failed: save-var: The disk is full.'),
  );
  const refused = await new SeedNode().launched();
  const message = 'Rejected: Cluster must not have any Persistent Volumes configured';
  await refused.ends({
    ...FAILED,
    failure: { step: 'check-cluster', code: 'cluster-refused', message, remedy: null },
  });
  await refused.look();
  t.deepEqual(await refused.told(), failedWith(message));
});

test('An agent killed between the word and the deed starts the builder when it is back', async (t) => {
  const node = await new SeedNode().launched();
  node.isRunning = false; // it never began
  node.gate.isStarted = false;
  await node.look();
  t.is(node.orders.length, 2);
  t.deepEqual(await node.told(), LAUNCHED);
});

test('A builder that was killed: the node is put in order, then it is told', async (t) => {
  for (const left of ['running', 'nothing'] as const) {
    const node = await new SeedNode().launched();
    if (left === 'running') await node.ends({ state: 'running', failure: null, digest: null });
    else node.isRunning = false;
    await node.look();
    t.is(node.restored, 1);
    t.regex((await node.told()).at(-1) ?? '', /imager container status check failed: the builder was gone/);
    t.is(node.orders.length, 1);
  }
});

test('A node that cannot be put in order says why, and it is tried again, less and less often', async (t) => {
  const node = await new SeedNode().launched();
  node.isRunning = false;
  node.unrestorable = new SeedGenError('not-restored', 'The disk is full.', { remedy: 'Make room.' });
  const pauses: number[] = [];
  for (let tries = 0; tries < 6; tries += 1) {
    const pause = await node.look();
    pauses.push(pause / 1000);
    t.deepEqual(await node.told(), [
      'SeedGenInProgress True InProgress: Waiting for the node to be put in order: The disk is full. Make room.',
    ]);
    node.host.uptime += 1;
    t.is(await node.look(), pause - 1000, 'not before its time');
    t.is(node.restored, tries + 1);
    node.host.uptime += pause / 1000;
  }
  t.deepEqual(pauses, [5, 10, 20, 40, 60, 60]);
  node.unrestorable = undefined;
  await node.look();
  t.regex((await node.told()).at(-1) ?? '', /the node was put in order again$/);
  t.false(node.gate.isBusy);
});
