import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { parse, parseAllDocuments } from 'yaml';
import { cleanedUp, failed } from '../../bootagent/stages/state-machine/outcomes.ts';
import { bundleFile } from '../../images/bundle/build.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane/control-plane.ts';
import { type Ibu, IbuDoor, kubectlOf } from '../support/door-cluster.ts';
import { DoorNode } from '../support/door-node.ts';
import { type Event, freshNode, live, PREPARED, ROLLED_BACK, UPGRADED } from '../support/door-story.ts';

interface Policy {
  readonly policyName: string;
  readonly spec: { readonly stage: 'Idle' | 'Prep' | 'Upgrade' | 'Rollback' };
  readonly status: { readonly conditions: readonly Readonly<Record<string, string>>[] };
}

const root = mkdtempSync(join(tmpdir(), 'lca-hub-'));
const node = new DoorNode(root);
let plane: ControlPlane;
let kubectl: Awaited<ReturnType<typeof kubectlOf>>;
const ibu = () => new IbuDoor(plane);

test.before(async () => {
  plane = await startControlPlane({ directory: root, name: 'edge', controllerManager: false });
  kubectl = await kubectlOf(plane);
  await node.boot('old');
  await ibu().until('the singleton is there', ({ spec }) => spec.stage === 'Idle');
});
test.after.always(async () => {
  await node.stop();
  await plane?.stop();
  rmSync(root, { recursive: true, force: true });
});

/** The examples with values for what stands in angle brackets. */
async function example(path: string): Promise<string> {
  return (await bundleFile(path))
    .replaceAll('<target_version>', '4.16.2')
    .replaceAll('<seed_container_image>', 'registry.example/seed:4.16.2')
    .replaceAll('<seed_pull_secret>', 'seed-pull');
}

/** As a policy of type musthave: the spec holds what it says, and some condition all that one of its conditions says. */
function complies({ spec, status }: Ibu, policy: Policy): boolean {
  const holds = (has: Readonly<Record<string, unknown>>, wants: Readonly<Record<string, unknown>>): boolean =>
    Object.entries(wants).every(([name, want]) =>
      typeof want === 'object' && want !== null
        ? holds((has[name] ?? {}) as Record<string, unknown>, want as Record<string, unknown>)
        : has[name] === want,
    );
  return (
    holds(spec, policy.spec) &&
    policy.status.conditions.every((wanted) =>
      status.conditions.some((condition) => holds({ ...condition }, wanted)),
    )
  );
}

/** What happens between enforcing a policy and its being complied with. */
const WORK: Readonly<Record<Policy['spec']['stage'], readonly Event[]>> = {
  Prep: PREPARED.slice(1),
  Upgrade: UPGRADED.slice(PREPARED.length + 1),
  Rollback: ROLLED_BACK.slice(UPGRADED.length + 1),
  Idle: [{ outcome: cleanedUp }],
};

for (const order of [
  ['prep-policy', 'upgrade-policy', 'finalize-policy'],
  ['prep-policy', 'upgrade-policy', 'rollback-policy', 'finalize-policy'],
] as const) {
  test.serial(
    `The policies ${order.join(', ')} are complied with when their step has ended, and not before`,
    async (t) => {
      const { spec } = parse(await example('hub/policies.yaml')) as {
        spec: { sourceFiles: readonly Policy[] };
      };
      await freshNode(node, ibu());
      for (const name of order) {
        const policy = spec.sourceFiles.find(({ policyName }) => policyName === name);
        if (policy === undefined) return t.fail(`there is no ${name}`);
        await ibu().patch({ spec: policy.spec });
        const begun = await ibu().until('it is looked at', ({ status }) => status.validNextStages.length < 2);
        t.false(complies(begun, policy), `${name} before its work`);
        t.true(complies(await live(node, ibu(), WORK[policy.spec.stage]), policy), `${name} after its work`);
        for (const other of spec.sourceFiles.filter((candidate) => candidate !== policy))
          t.false(complies(await ibu().read(), other), `${other.policyName} after ${name}`);
      }
    },
  );
}

test.serial('A step that failed is not taken for one that ended', async (t) => {
  const { spec } = parse(await example('hub/policies.yaml')) as { spec: { sourceFiles: readonly Policy[] } };
  for (const [stage, before] of [
    ['Prep', [{ ask: 'Prep' }]],
    ['Upgrade', [...PREPARED, { ask: 'Upgrade' }]],
    ['Rollback', [...UPGRADED, { ask: 'Rollback' }]],
  ] as const) {
    await freshNode(node, ibu());
    const failure = { step: 'none', evidence: [], remedy: null, message: 'no' };
    const ended = await live(node, ibu(), [
      ...before,
      { outcome: (status, now) => failed(status, stage, failure, now) },
    ]);
    t.deepEqual(
      spec.sourceFiles.filter((policy) => complies(ended, policy)).map(({ policyName }) => policyName),
      [],
    );
  }
});

// reference: what an ImageBasedGroupUpgrade reads, by action; the expressions are evaluated by the real kubectl.
const status = (type: string) => `{.status.conditions[?(@.type=="${type}")].status}`;
const message = (type: string) => `{.status.conditions[?(@.type=="${type}")].message}`;
for (const { action, events, done, says } of [
  {
    action: 'Prep',
    events: PREPARED,
    done: 'PrepCompleted',
    says: { PrepInProgress: 'Prep completed', PrepCompleted: 'Prep stage completed successfully' },
  },
  {
    action: 'Upgrade',
    events: UPGRADED,
    done: 'UpgradeCompleted',
    says: { UpgradeInProgress: 'Upgrade completed', UpgradeCompleted: 'Upgrade completed' },
  },
  {
    action: 'Rollback',
    events: ROLLED_BACK,
    done: 'RollbackCompleted',
    says: { RollbackInProgress: 'Rollback completed', RollbackCompleted: 'Rollback completed' },
  },
  {
    action: 'FinalizeUpgrade',
    events: [...UPGRADED, { ask: 'Idle' }, { outcome: cleanedUp }],
    done: 'Idle',
    says: { Idle: 'Idle' },
  },
  {
    action: 'Abort',
    events: [...PREPARED, { ask: 'Idle' }, { outcome: cleanedUp }],
    done: 'Idle',
    says: { Idle: 'Idle' },
  },
] as const) {
  test.serial(`A group upgrade sees that ${action} has ended`, async (t) => {
    await freshNode(node, ibu());
    const at = (path: string) => kubectl(['get', 'ibu', 'upgrade', '-o', `jsonpath=${path}`]);
    if (action !== 'FinalizeUpgrade' && action !== 'Abort') t.is(await at(status(done)), '');
    await live(node, ibu(), events as readonly Event[]);
    t.is(await at(status(done)), 'True');
    for (const [type, text] of Object.entries(says)) t.is(await at(message(type)), text);
  });
}

test.serial('The spec of the group upgrade is one that the node accepts', async (t) => {
  const { spec } = parse(await example('hub/image-based-group-upgrade.yaml')) as {
    spec: { ibuSpec: object };
  };
  await freshNode(node, ibu());
  await ibu().patch({ spec: spec.ibuSpec });
  await ibu().until(
    'it is accepted',
    () => node.status.lca.accepted?.seedImageRef?.pullSecretRef === 'seed-pull',
  );
  t.is(node.status.lca.refused, null);
});

test.serial('Each group upgrade enforces one of the policies', async (t) => {
  const { metadata, spec } = parse(await example('hub/policies.yaml')) as {
    metadata: { name: string };
    spec: { sourceFiles: readonly Policy[] };
  };
  const enforced = parseAllDocuments(await example('hub/cluster-group-upgrades.yaml')).map(
    (document) => (document.toJS() as { spec: { managedPolicies: readonly string[] } }).spec.managedPolicies,
  );
  t.deepEqual(
    enforced,
    spec.sourceFiles.map(({ policyName }) => [`${metadata.name}-${policyName}`]),
  );
});

test.serial("The bundle's deployment, roles and namespace are what the API accepts", async (t) => {
  const csv = parse(await bundleFile('manifests/lifecycle-agent.clusterserviceversion.yaml')) as {
    spec: { install: { spec: { deployments: readonly [{ name: string; spec: object }] } } };
  };
  const [{ name, spec }] = csv.spec.install.spec.deployments;
  await kubectl(['apply', '-f', '-'], await bundleFile('install/namespace.yaml'));
  const deployment = JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'openshift-lifecycle-agent' },
    spec,
  });
  // refuses fields that it does not know, unlike the API server of this version
  t.regex(await kubectl(['create', '--dry-run=server', '--validate=true', '-f', '-'], deployment), /created/);
  for (const path of ['rbac/agent.yaml', 'rbac/users.yaml'])
    t.regex(await kubectl(['create', '--dry-run=server', '-f', '-'], await bundleFile(path)), /created/);
});
