import test from 'ava';
import { isSettled, nodeAnswer } from '../../../../../core/platform/kubernetes/cluster-checks.ts';

const object = (kind: string, metadata: object, status: object) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x', namespace: 'default', ...metadata },
  status,
});
const node = (conditions: object[]) => object('Node', {}, { conditions });
const pod = (phase: string, ready: string, metadata: object = {}) =>
  object('Pod', metadata, { phase, conditions: [{ type: 'Ready', status: ready }] });

test('a node is well when it is Ready and its network is there', (t) => {
  const ready = { type: 'Ready', status: 'True' };
  t.true(nodeAnswer('a', node([ready])).well);
  t.deepEqual(nodeAnswer('a', undefined), { well: false, detail: 'the node a has not registered yet' });
  t.deepEqual(nodeAnswer('a', node([{ type: 'Ready', status: 'False', message: 'PLEG' }])), {
    well: false,
    detail: 'the node a is not Ready: PLEG',
  });
  t.false(nodeAnswer('a', node([{ type: 'Ready', status: 'Unknown' }])).well);
  t.false(nodeAnswer('a', node([])).well);
  t.false(nodeAnswer('a', node([ready, { type: 'NetworkUnavailable', status: 'True' }])).well);
});

test('a pod has settled when it is ready or has done its work', (t) => {
  t.true(isSettled(pod('Running', 'True')));
  t.true(isSettled(pod('Succeeded', 'False')));
  t.true(isSettled(pod('Pending', 'False', { ownerReferences: [{ kind: 'Job' }] })));
  t.true(isSettled(pod('Running', 'False', { deletionTimestamp: '2026-01-01T00:00:00Z' })));
  t.false(isSettled(pod('Running', 'False')));
  t.false(isSettled(pod('Pending', 'False', { ownerReferences: [{ kind: 'ReplicaSet' }] })));
  t.false(isSettled(pod('Failed', 'False')));
});
