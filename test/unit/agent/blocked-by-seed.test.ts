import test from 'ava';
import { editRequest, setSeedImageRef, setStage } from '../../../core/contract/edit-request.ts';
import {
  parseSeedGenerator,
  requestId,
  seedGeneratorConditions,
  writeSeedGeneratorStatus,
} from '../../../core/contract/seed-generator.ts';
import { readStatus } from '../../../core/contract/status.ts';
import { AgentNode } from '../../support/agent-node.ts';
import { until } from '../../support/door-node.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const ASKED =
  'apiVersion: lca.openshift.io/v1\nkind: SeedGenerator\nmetadata: {name: seedimage}\nspec: {seedImage: r.example/seed:1}\n';

test('A stage that is asked for while a seed is made says what it waits for, and the node counts as at rest', async (t) => {
  const node = new AgentNode(await temporaryDirectory(t));
  t.teardown(() => node.stop());
  const { host } = node;
  await host.makeDirectory('/var/lib/lca', 0o755);
  await host.writeAtomic('/var/lib/lca/seedgenerator.yaml', ASKED);
  await writeSeedGeneratorStatus(host, {
    observedGeneration: 1,
    conditions: seedGeneratorConditions('InProgress', 'Launching imager container', host.now()),
    lca: { request: requestId(parseSeedGenerator(ASKED)), isLaunched: true },
  });
  let isRunning = true;
  await node.boot({
    start: () => Promise.reject(new Error('It is started already.')),
    isRunning: async () => isRunning,
    restore: async () => undefined,
  });
  const told = (type: string, reason: string) =>
    until(
      `${type} is ${reason}`,
      async () => (await readStatus(host)).status.conditions,
      (conditions) => conditions.some((condition) => condition.type === type && condition.reason === reason),
    );
  await told('Idle', 'Idle');
  const seed = { version: '2', image: 'registry.example/seed:2', pullSecretRef: null };
  await editRequest(host, [setSeedImageRef(seed), setStage('Prep')]);
  const conditions = await told('PrepInProgress', 'Blocked');
  t.deepEqual(
    conditions.map(({ type, status, message }) => [type, status, message]),
    [
      ['Idle', 'True', 'Idle'],
      ['PrepInProgress', 'False', 'A seed image is being made of this node'],
    ],
  );
  isRunning = false;
  // what comes of it is another matter: it is begun
  await until(
    'Prep is begun',
    async () => (await readStatus(host)).status.conditions,
    (now) => now.some(({ type, status }) => type === 'Idle' && status === 'False'),
  );
});
