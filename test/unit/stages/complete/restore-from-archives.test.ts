import test, { type ExecutionContext } from 'ava';
import { resourcesRestoredMark } from '../../../../bootagent/backup/carry-out-resource-restores.ts';
import { restoreResources } from '../../../../bootagent/stages/complete/steps/restore-resources.ts';
import { RESTORE_PLAN_PATH } from '../../../../core/contract/paths.ts';
import { completingNode } from '../../../support/completing-node.ts';

// What a crash or an outage after the last Restore leaves to be done. Restores themselves are shown in test/cluster.
const VOLUMES = '/api/v1/persistentvolumes';
const CHECKSUMS = `sha256:${'a'.repeat(64)}`;

/** All objects are restored; a volume still has the policy of the time of the upgrade. */
async function restoredNode(t: ExecutionContext) {
  const node = await completingNode(t);
  const restore = {
    name: 'app-back',
    namespace: 'openshift-adp',
    backupName: 'app',
    existingResourcePolicy: null,
    location: null,
    resource: {},
    checksums: CHECKSUMS,
  };
  node.host
    .file(RESTORE_PLAN_PATH, JSON.stringify({ version: 1, request: 'r', nodeId: 'n', waves: [[restore]] }))
    .file(resourcesRestoredMark('app-back'), CHECKSUMS);
  const annotations = { 'lca.openshift.io/updated-reclaim-policy': 'true' };
  node.api.objects.set(`${VOLUMES}/disk`, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'disk', annotations, generation: 1 },
    spec: { persistentVolumeReclaimPolicy: 'Retain' },
  });
  const policy = () => node.api.objects.get(`${VOLUMES}/disk`)?.['spec'];
  return { ...node, policy };
}

test('A crash after the last Restore: volumes get their reclaim policy back in the next run', async (t) => {
  const { context, policy } = await restoredNode(t);
  t.deepEqual(await restoreResources.check(context), {
    done: false,
    because: 'volumes do not have their reclaim policy back yet',
  });
  await restoreResources.apply(context);
  t.like(policy(), { persistentVolumeReclaimPolicy: 'Delete' });
  t.true((await restoreResources.check(context)).done);
});

test('Volumes that cannot be released at once are released when the API answers', async (t) => {
  const { api, context, policy } = await restoredNode(t);
  let left = 3;
  api.outage = (asked) => (asked.endsWith(`${VOLUMES}/disk`) && left-- > 0 ? 'before' : undefined);
  await restoreResources.apply(context);
  t.true(left < 0);
  t.like(policy(), { persistentVolumeReclaimPolicy: 'Delete' });
});
