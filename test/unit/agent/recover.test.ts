import test from 'ava';
import { recover } from '../../../bootagent/agent/recover.ts';
import { StatusStore } from '../../../bootagent/agent/status-store.ts';
import { pivotText } from '../../../core/contract/pivot.ts';
import { createLogger } from '../../../core/log/logger.ts';
import { attempt, memoryBox, nodeRunning, OTHER_SIDE } from '../../support/fake-attempt.ts';
import type { RecordingHost } from '../../support/recording-host.ts';

async function agentOn(host: RecordingHost) {
  const { store } = await StatusStore.open(host, 'lca');
  return { host, store, blackBox: memoryBox(), log: createLogger('test', 'silent') };
}

test('an attempt that failed is told in the status, then put aside', async (t) => {
  const host = nodeRunning('old', attempt());
  host.file(OTHER_SIDE, pivotText(attempt({ handedOver: false })));
  const agent = await agentOn(host);
  await recover(agent);
  const newest = agent.store.current.conditions.at(-1);
  t.like(newest, { type: 'UpgradeInProgress', status: 'False', reason: 'Failed' });
  t.regex(newest?.message ?? '', /^Uncontrolled rollback: the power was cut/);
  const order = host.transcript.filter((line) => /status\.yaml|last-pivot|remove .*pivot/.test(line));
  t.true(
    order.findIndex((line) => line.includes('last-pivot')) >
      order.findIndex((line) => line.includes('status.yaml')),
  );
});

test('a status that was lost in the new stateroot is recalled from the record', async (t) => {
  const agent = await agentOn(nodeRunning('new', attempt({ state: 'configured' })));
  await recover(agent);
  t.deepEqual(agent.store.current.lca.stateroots, { original: 'lca', new: 'lca_2.0.0' });
  t.like(agent.store.current.conditions.at(-1), { type: 'UpgradeInProgress', status: 'True' });
});

test('an agent on a node at rest recovers nothing', async (t) => {
  const agent = await agentOn(nodeRunning('old', undefined));
  await recover(agent);
  t.deepEqual(agent.store.current.conditions, []);
});
