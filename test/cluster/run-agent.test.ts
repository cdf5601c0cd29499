import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { REQUEST_PATH } from '../../core/contract/paths.ts';
import { readStatus, type Status } from '../../core/contract/status.ts';
import { AgentNode } from '../support/agent-node.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane/control-plane.ts';
import { IbuDoor, kubectlOf } from '../support/door-cluster.ts';
import { until } from '../support/door-node.ts';
import { told } from '../support/door-story.ts';

// The agent as a whole; that its stages work is shown elsewhere: here the programs they run are played, so Prep fails.
const SEED = { version: '2.0.0', image: 'r.example/seed:2.0.0' };
const root = mkdtempSync(join(tmpdir(), 'lca-agent-'));
const start = () => startControlPlane({ directory: root, name: 'edge', controllerManager: false });
let plane: ControlPlane;
let node: AgentNode;
const ibu = () => new IbuDoor(plane);

test.before(async () => {
  plane = await start();
  node = new AgentNode(root);
});
test.after.always(async () => {
  await node?.stop();
  await plane?.stop();
  rmSync(root, { recursive: true, force: true });
});

/** Waits for what status.yaml says. */
const untilStatus = ({ host }: AgentNode, what: string, holds: (status: Status) => boolean) =>
  until(what, async () => (await readStatus(host)).status, holds);
const newestIs =
  (type: string, reason: string) =>
  ({ conditions }: Pick<Status, 'conditions'>): boolean =>
    conditions.at(-1)?.type === type && conditions.at(-1)?.reason === reason;
const failedPrep = newestIs('PrepInProgress', 'Failed');
const atRest = newestIs('Idle', 'Idle');

test.serial('A resource made with kubectl reaches the files and is answered', async (t) => {
  const kubectl = await kubectlOf(plane);
  await node.boot();
  await ibu().until('the singleton is there', ({ status }) => atRest(status as unknown as Status));
  await kubectl(['delete', 'ibu', 'upgrade']);
  const resource = {
    apiVersion: 'lca.openshift.io/v1',
    kind: 'ImageBasedUpgrade',
    metadata: { name: 'upgrade' },
    spec: { stage: 'Prep', seedImageRef: { version: SEED.version, image: SEED.image } },
  };
  await kubectl(['apply', '-f', '-'], JSON.stringify(resource));
  const failed = await ibu().until('Prep has failed', ({ status }) =>
    failedPrep(status as unknown as Status),
  );
  const status = await untilStatus(node, 'the file says so too', failedPrep);
  t.deepEqual(told(failed.status), told(status));
  t.regex((await node.host.readText(REQUEST_PATH)) ?? '', /stage: Prep/);
  t.is(status.lca.accepted?.seedImageRef?.image, SEED.image);
});
