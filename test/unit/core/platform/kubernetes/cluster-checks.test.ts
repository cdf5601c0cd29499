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

const BOOTED_AT = new Date('2026-01-01T12:00:00.250Z');

test('a node is well when it is Ready and its network is there', (t) => {
  const ready = { type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T12:00:20Z' };
  t.true(nodeAnswer('a', node([ready]), BOOTED_AT).well);
  t.deepEqual(nodeAnswer('a', undefined, BOOTED_AT), {
    well: false,
    detail: 'the node a has not registered yet',
  });
  t.deepEqual(nodeAnswer('a', node([{ type: 'Ready', status: 'False', message: 'PLEG' }]), BOOTED_AT), {
    well: false,
    detail: 'the node a is not Ready: PLEG',
  });
  t.false(nodeAnswer('a', node([{ type: 'Ready', status: 'Unknown' }]), BOOTED_AT).well);
  t.false(nodeAnswer('a', node([]), BOOTED_AT).well);
  t.false(nodeAnswer('a', node([ready, { type: 'NetworkUnavailable', status: 'True' }]), BOOTED_AT).well);
});

test('a node that was Ready before it booted is not well until its kubelet says so again', (t) => {
  const ready = (lastHeartbeatTime: string) => node([{ type: 'Ready', status: 'True', lastHeartbeatTime }]);
  t.deepEqual(nodeAnswer('a', ready('2026-01-01T11:59:59Z'), BOOTED_AT), {
    well: false,
    detail: 'the node a was Ready before it booted, and its kubelet has not said so since',
  });
  t.true(nodeAnswer('a', ready('2026-01-01T12:00:20Z'), BOOTED_AT).well);
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
