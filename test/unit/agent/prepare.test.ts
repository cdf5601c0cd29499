import test from 'ava';
import { look } from '../../../bootagent/agent/look.ts';
import { prepare } from '../../../bootagent/agent/prepare.ts';
import { StatusStore } from '../../../bootagent/agent/status-store.ts';
import { failed } from '../../../bootagent/stages/state-machine/outcomes.ts';
import { REQUEST_PATH } from '../../../core/contract/paths.ts';
import { createLogger } from '../../../core/log/logger.ts';
import { memoryBox, NEW, nodeRunning } from '../../support/fake-attempt.ts';
import { requestFor } from '../../support/upgrade-story.ts';

const asking = (stage: string) => `apiVersion: lca.openshift.io/v1
kind: ImageBasedUpgrade
metadata: {name: upgrade}
spec: {stage: ${stage}, seedImageRef: {version: 2.0.0, image: registry.example/seed:2}}
`;
const SEED = { version: '2.0.0', image: 'registry.example/seed:2', pullSecretRef: null };

async function upgradedNode() {
  const host = nodeRunning('new', undefined).file(REQUEST_PATH, asking('Prep'));
  const { store } = await StatusStore.open(host, NEW.stateroot);
  return { host, store, blackBox: memoryBox(), log: createLogger('test', 'silent') };
}

test('Prep of the version that runs is refused before it is noted, and Idle leads out', async (t) => {
  const agent = await upgradedNode();
  t.is((await look(agent, NEW.stateroot)).work, 'prep');
  const request = requestFor('Prep', { seedImageRef: SEED });
  await prepare({ agent, request, signal: AbortSignal.timeout(10_000) });
  const newest = agent.store.current.conditions.at(-1);
  t.like(newest, { type: 'PrepInProgress', status: 'False', reason: 'Failed' });
  t.regex(newest?.message ?? '', /The node already runs version 2\.0\.0/);
  t.is(agent.store.current.lca.stateroots, null);
  agent.host.file(REQUEST_PATH, asking('Idle'));
  t.is((await look(agent, NEW.stateroot)).work, 'abort');
});

test('A node on which such a Prep was noted under one name for both sides can go to Idle', async (t) => {
  const agent = await upgradedNode();
  await look(agent, NEW.stateroot);
  await agent.store.update((status, now) =>
    failed(
      { ...status, lca: { ...status.lca, stateroots: { original: NEW.stateroot, new: NEW.stateroot } } },
      'Prep',
      { step: 'examine-seed', message: 'The node already runs version 2.0.0', evidence: [], remedy: null },
      now,
    ),
  );
  t.deepEqual(agent.store.current.validNextStages, ['Idle']);
  agent.host.file(REQUEST_PATH, asking('Idle'));
  t.is((await look(agent, NEW.stateroot)).work, 'abort');
});
